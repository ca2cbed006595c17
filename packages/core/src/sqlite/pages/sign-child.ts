import { closeSync, fsyncSync, openSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { createFollowers } from "./follow/followers.ts";
import { createMessageReader, packMessage } from "./message-stream.ts";
import { loadPageHash } from "./page-hash.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";
import type { SignerRequest } from "./page-signer.ts";

// The program of a process that signs pages until its input ends: of two databases, one in a thread of its own.
// It also writes files through to the disk, which must be done where no SQLite connection is, too.

const helper = new Worker(new URL("./sign-thread.js", import.meta.url));
const followers = createFollowers(await loadPageHash());
const reader = createMessageReader();
/** Where a followed file is known. */
const isInThread = new Map<string, boolean>();

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
  const places = requests.map((request, index) => {
    const isFirst = index === 0 && requests.length > 1;
    if (request.following === undefined) return isFirst;
    const { path } = request.file;
    const place = isInThread.get(path) ?? isFirst;
    isInThread.set(path, place);
    return place;
  });
  const inThread = askThread(requests.filter((_, index) => places[index] === true));
  const here = requests.map((request, index) =>
    places[index] === true ? null : followers.answer(request),
  );
  const there = await inThread;
  return here.map((answer) => answer ?? there.shift() ?? ENDED);
}

async function askThread(requests: readonly SignRequest[]): Promise<SignAnswer[]> {
  if (requests.length === 0) return [];
  return new Promise((resolve) => {
    // The thread answers each message once.
    helper.once("message", (answers) => resolve(answers as SignAnswer[]));
    helper.postMessage(requests);
  });
}

const ENDED: SignAnswer = { type: "not-known", reason: "a thread gave no answer" };
