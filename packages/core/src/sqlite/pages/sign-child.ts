import { Worker } from "node:worker_threads";
import { createMessageReader, packMessage } from "./message-stream.ts";
import { loadPageHash } from "./page-hash.ts";
import { signDatabase } from "./sign.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

// The program of a process that signs pages until its input ends: of two databases, one in a thread of its own.

const helper = new Worker(new URL("./sign-thread.js", import.meta.url));
const hash = await loadPageHash();
const reader = createMessageReader();

for await (const chunk of process.stdin) {
  // Only `startPageSigner` starts this program, and writes nothing but requests.
  for (const message of reader.read(chunk as Buffer)) {
    process.stdout.write(packMessage(await signAll(message as readonly SignRequest[])));
  }
}
await helper.terminate();

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
