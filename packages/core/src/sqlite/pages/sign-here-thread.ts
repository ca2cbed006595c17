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
  if (answer.type === "hashed") return buffersUnder([answer.hashes]);
  return buffersUnder(
    answer.tables.flatMap((table) =>
      table.type === "not-known" ? [] : [table.signature, table.leaves],
    ),
  );
}

/** Smaller ones may be parts of a buffer that others are in, too. */
const WORTH_MOVING_BYTES = 2 ** 16;

/** Once each; but what was sent here is shared, and stays so. */
function buffersUnder(arrays: readonly (Uint8Array | Uint32Array | null)[]): ArrayBuffer[] {
  const buffers = arrays.flatMap((array) =>
    array !== null && array.byteLength >= WORTH_MOVING_BYTES ? [array.buffer] : [],
  );
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}
