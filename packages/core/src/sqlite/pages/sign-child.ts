import { closeSync, fsyncSync, openSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { createMessageReader, packMessage } from "./message-stream.ts";
import { loadPageHash } from "./page-hash.ts";
import { signDatabase } from "./sign.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";
import type { SignerRequest } from "./page-signer.ts";

// The program of a process that signs pages until its input ends: of two databases, one in a thread of its own.
// It also writes files through to the disk, which must be done where no SQLite connection is, too.

const helper = new Worker(new URL("./sign-thread.js", import.meta.url));
const hash = await loadPageHash();
const reader = createMessageReader();

for await (const chunk of process.stdin) {
  // Only `startPageSigner` starts this program, and writes nothing but requests.
  for (const message of reader.read(chunk as Buffer)) {
    process.stdout.write(packMessage(await carryOut(message as SignerRequest)));
  }
}
await helper.terminate();

async function carryOut(request: SignerRequest): Promise<unknown> {
  return "sync" in request ? syncAll(request.sync) : signAll(request);
}

/** @returns false: whoever asked finds out why */
function syncAll(paths: readonly string[]): boolean {
  try {
    for (const path of paths) {
      const file = openSync(path, "r");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
    return true;
  } catch {
    return false;
  }
}

/** The first in the thread, if there are more. */
async function signAll(requests: readonly SignRequest[]): Promise<SignAnswer[]> {
  const [first, ...rest] = requests;
  if (first === undefined) return [];
  if (rest.length === 0) return [signDatabase(first, hash)];
  const inThread = new Promise<SignAnswer>((resolve) => {
    // The thread answers each request once.
    helper.once("message", (answer) => resolve(answer as SignAnswer));
  });
  helper.postMessage(first);
  const here = rest.map((request) => signDatabase(request, hash));
  return [await inThread, ...here];
}
