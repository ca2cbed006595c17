import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
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

/** The length in front of an answer: a double. */
const LENGTH_BYTES = 8;

/** A process that answers one request. */
export interface Reader {
  /** `null`: the process failed. */
  ask(request: unknown): Promise<unknown>;
  /** Ends the process, whatever it does. Idempotent. */
  close(): void;
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
  const reader = startReader(program);
  return {
    scan: async (request) =>
      // The child sends nothing but what scanPair returned.
      ((await reader.ask(request)) as ScanAnswer | null) ?? {
        type: "not-known",
        reason: "the process that reads pages failed",
      },
    close: () => reader.close(),
  };
}

/**
 * Starts a program that reads database files. It has no SQLite connection, so that closing a file there
 * drops nobody's locks (SQLITE_NOTES 1).
 */
export function startReader(program: URL): Reader {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    // What a user wants loaded into their own program has no business in this one, and costs time.
    env: { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  const answer = new Promise<unknown>((resolve) => {
    const chunks: Buffer[] = [];
    const fail = (): void => resolve(null);
    child.once("error", fail);
    child.once("close", fail);
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const whole = answerIn(chunks);
      if (whole !== null) resolve(whole);
    });
  });
  // A child that ended early does not read its input; the answer says so.
  child.stdin.on("error", () => undefined);
  return {
    ask: async (request) => {
      child.stdin.end(serialize(request));
      return answer;
    },
    close: () => void child.kill("SIGKILL"),
  };
}

function answerIn(chunks: Buffer[]): unknown {
  const received = chunks.reduce((sum, { length }) => sum + length, 0);
  const [head] = chunks;
  if (head === undefined || head.length < LENGTH_BYTES) return null;
  if (received < LENGTH_BYTES + head.readDoubleLE(0)) return null;
  const answer: unknown = deserialize(Buffer.concat(chunks).subarray(LENGTH_BYTES));
  return answer;
}
