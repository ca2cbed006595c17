import { readFileSync, writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { startHelperThread } from "./helper-thread.ts";
import { scanPair } from "./scan.ts";
import type { ScanRequest } from "./scan-request.ts";

// The program of a process that reads pages: it waits for one request on its standard input, and gives one
// answer on its standard output, with its length in front. Without a request it was not needed.

const STDIN = 0;
const STDOUT = 1;

/** Nothing else runs here that could take turns with a pipe that is full. */
const PIPE_PAUSE_MS = 1;

const helperFor = startHelperThread();
const input = readFileSync(STDIN);
if (input.length > 0) {
  // Only `startPageScanner` starts this program, and writes nothing else.
  const request = deserialize(input) as ScanRequest;
  send(serialize(scanPair(request, helperFor(request))));
}
// The thread may still be on its way.
process.exit();

function send(answer: Buffer): void {
  const length = Buffer.alloc(8);
  length.writeDoubleLE(answer.length);
  for (const bytes of [length, answer]) {
    for (let sent = 0; sent < bytes.length;) sent += writeSome(bytes.subarray(sent));
  }
}

function writeSome(bytes: Buffer): number {
  try {
    return writeSync(STDOUT, bytes);
  } catch (error) {
    const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
    if (!isFull) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_PAUSE_MS);
    return 0;
  }
}
