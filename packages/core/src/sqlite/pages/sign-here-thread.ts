import { parentPort } from "node:worker_threads";
import { loadPageHash } from "./page-hash.ts";
import { createReading } from "./read-for-good.ts";
import type { PagesAnswer, PagesQuestion } from "./pages-question.ts";

// The program of the thread that reads one of two databases in a process that has connections to them.

const answerTo = createReading(await loadPageHash());
// Only `createSignerHere` sends messages, and they are questions.
parentPort?.on("message", (question) => {
  const answer = answerTo(question as PagesQuestion);
  parentPort?.postMessage(answer, buffersOf(answer));
});

/** What was found about a large database is not copied: this thread is done with it. */
function buffersOf(answer: PagesAnswer): ArrayBuffer[] {
  if (answer.type === "not-known") return [];
  if (answer.type === "hashed") return answer.hashes === null ? [] : [bufferOf(answer.hashes)];
  return answer.tables.flatMap((table) =>
    table.type === "not-known" ? [] : [bufferOf(table.signature), bufferOf(table.leaves)],
  );
}

/** None of them is shared: they were made for the answer. */
function bufferOf({ buffer }: Uint8Array | Uint32Array): ArrayBuffer {
  return buffer as ArrayBuffer;
}
