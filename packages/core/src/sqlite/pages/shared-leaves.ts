import { createCell, localLimits, readIndexCell, readTableCell } from "./cell.ts";
import type { TreeKind } from "./cell.ts";
import type { EqualPages } from "./equal-pages.ts";
import { PAGE } from "./format.ts";
import type { Image } from "./image.ts";
import { readPage } from "./page-reader.ts";
import { chainNumbers } from "./payload.ts";

/**
 * How many rows a leaf holds that is the same on both sides, its overflow chains included: an edit inside a
 * long value changes an overflow page only, and the leaf that it hangs on stays as it is (SQLITE_NOTES 26).
 * `null`: the leaf, or a chain, is not the same.
 */
export function sharedRows(
  leaf: number,
  pages: EqualPages,
  { image, kind }: { readonly image: Image; readonly kind: TreeKind },
): number | null {
  const rows = pages.has(leaf) ? pages.rowsOnLeaf(leaf) : null;
  if (rows === null || !pages.overflowDiffers) return rows;
  for (const page of chainPagesOf(image, leaf, kind)) {
    if (!pages.has(page)) return null;
  }
  return rows;
}

/** The numbers of all overflow pages of a leaf's rows. A chain of equal pages leads the same way on both sides. */
function* chainPagesOf(image: Image, leaf: number, kind: TreeKind): Generator<number> {
  const { view } = readPage(image, leaf);
  const limits = localLimits(kind, image.header.usableSize);
  const cell = createCell();
  const count = view.getUint16(PAGE.cellCount);
  for (let index = 0; index < count; index++) {
    const at = view.getUint16(PAGE.leafHeaderBytes + 2 * index);
    if (kind === "table") readTableCell(view, at, limits, cell);
    else readIndexCell(view, at, limits, cell);
    if (cell.overflow === 0) continue;
    yield* chainNumbers(image, cell.overflow, cell.payloadBytes - cell.localBytes);
  }
}
