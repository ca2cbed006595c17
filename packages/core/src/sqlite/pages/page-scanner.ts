import { startAnswering } from "./answering-process.ts";
import type { ScanAnswer, ScanRequest } from "./scan-request.ts";

/** Scans pages somewhere; the answer never rejects, it may be that nothing is known. */
export type ScanPages = (request: ScanRequest) => Promise<ScanAnswer>;

/** A process that reads pages. */
export interface PageScanner {
  /** For one request only. */
  readonly scan: ScanPages;
  /** Ends the process, whatever it does. Idempotent. */
  readonly close: () => void;
}

/**
 * Starts the process that reads pages, which takes about as long to start as this one did: best long before
 * it is known what to ask.
 *
 * @param program - the built `child.js`
 */
export function startPageScanner(
  program: URL = new URL("./child.js", import.meta.url),
): PageScanner {
  const scanner = startAnswering(program, "once");
  return {
    scan: async (request) =>
      // The child answers with nothing but what scanPair returned.
      ((await scanner.ask(request)) as ScanAnswer | null) ?? {
        type: "not-known",
        reason: "the process that reads pages failed",
      },
    close: () => scanner.close(),
  };
}
