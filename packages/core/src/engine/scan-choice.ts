import { statSync } from "node:fs";
import type { PageSource } from "../sqlite/pages/page-signer.ts";
import type { Pair, ScanChoice } from "./options.ts";
import type { RunRequest } from "./request.ts";

/**
 * Below this, both files together, comparing every row takes no longer than starting the process that
 * reads pages: about 0.1 s.
 */
const WORTH_BYTES = 24 * 2 ** 20;

/** The same where that process is there, and is asked again and again. */
const WORTH_FOLLOWING_BYTES = 2 ** 20;

/** Whether a comparison shall have pages scanned. Files that are not there are somebody else's problem. */
export function choosesPages(
  pair: Pair,
  scan: ScanChoice,
  worthBytes: number = WORTH_BYTES,
): boolean {
  if (scan !== "auto") return scan === "pages";
  return bytesOf(pair.a) + bytesOf(pair.b) >= worthBytes;
}

/** The same for a run. */
export function runReadsPages(
  { files: { a, b }, scan }: RunRequest,
  { follows }: Pick<PageSource, "follows">,
): boolean {
  const worthBytes = follows ? WORTH_FOLLOWING_BYTES : WORTH_BYTES;
  return choosesPages({ a: a.path, b: b.path }, scan, worthBytes);
}

function bytesOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
