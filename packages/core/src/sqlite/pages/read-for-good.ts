import { hashPages } from "./hash-pages.ts";
import type { PageHash } from "./page-hash.ts";
import { openForGood } from "./random-access.ts";
import { signDatabase } from "./sign.ts";
import type { PagesAnswer, PagesQuestion } from "./pages-question.ts";

/** Answers questions about databases to which this process has connections: whatever it opens stays open. */
export function createReading(hash: PageHash): (question: PagesQuestion) => PagesAnswer {
  return ({ type, request }) =>
    type === "sign"
      ? signDatabase(request, hash, openForGood)
      : hashPages(request, hash, openForGood);
}
