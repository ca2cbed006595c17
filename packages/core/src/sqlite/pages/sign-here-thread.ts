import { parentPort } from "node:worker_threads";
import { loadPageHash } from "./page-hash.ts";
import { openForGood } from "./random-access.ts";
import { signDatabase } from "./sign.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

// The program of the thread that signs one of two databases in a process that has connections to them. Whatever it
// opens stays open.

const hash = await loadPageHash();
// Only `createSignerHere` sends messages, and they are requests.
parentPort?.on("message", (request) => {
  const answer = signDatabase(request as SignRequest, hash, openForGood);
  parentPort?.postMessage(answer, buffersOf(answer));
});

/** Signatures of a large database are not copied: this thread is done with them. */
function buffersOf(answer: SignAnswer): ArrayBuffer[] {
  if (answer.type !== "signed") return [];
  return answer.tables.flatMap((table) =>
    table.type === "not-known" ? [] : [table.signature.buffer, table.leaves.buffer],
  ) as ArrayBuffer[];
}
