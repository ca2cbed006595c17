import { readFileSync, writeSync } from "node:fs";
import { createMessageReader, packMessage } from "./message-stream.ts";

const [STDIN, STDOUT] = [0, 1];

/** Nothing else runs in these processes that could take turns with a pipe that is full. */
const PIPE_PAUSE_MS = 1;

/** The program of a process that is asked once: reads the request, answers, and ends. Without a request it was not needed. */
export function answerOnce(answer: (request: unknown) => unknown): never {
  for (const request of createMessageReader().read(readFileSync(STDIN))) {
    send(packMessage(answer(request)));
  }
  // A thread may still be on its way.
  process.exit();
}

function send(bytes: Buffer): void {
  for (let sent = 0; sent < bytes.length;) sent += writeSome(bytes.subarray(sent));
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
