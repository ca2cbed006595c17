import { equalPagesOf } from "./equal-pages.ts";
import type { AnswerAt, SharedPages, TableShare } from "./helper-work.ts";
import type { ImagePair } from "./mark-pages.ts";
import { takeTables } from "./scan-tables.ts";

/** Scans tables that nobody else has taken, by what another thread has found out about the pages. */
export function scanShare(
  images: ImagePair,
  { share, pages }: { readonly share: TableShare; readonly pages: SharedPages | null },
): AnswerAt[] {
  return takeTables({ ...images, pages: equalPagesOf(pages) }, share);
}
