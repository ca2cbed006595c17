import { writeSync } from "node:fs";

const STDOUT = 1;

/** Nothing else runs in these processes that could take turns with a pipe that is full. */
const PIPE_PAUSE_MS = 1;

/** Gives the one answer of a process, with its length in front. */
export function send(answer: Buffer): void {
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
