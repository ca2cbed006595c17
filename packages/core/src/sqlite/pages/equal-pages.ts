import type { Bits } from "./bits.ts";
import { freePages } from "./freelist.ts";
import { isPointerMap } from "./header.ts";
import type { Helper, SharedPages } from "./helper-work.ts";
import type { Image } from "./image.ts";
import { markPages } from "./mark-pages.ts";
import type { ImagePair } from "./mark-pages.ts";
import { COUNTER, NO_LEAF, createMarkMemory, pageMarks } from "./page-marks.ts";

/** Which pages of two databases hold the same bytes under the same number. */
export interface EqualPages {
  /** The page is the same in both. */
  has(page: number): boolean;
  /** How many rows a leaf that is the same in both holds; `null`: it is no leaf. */
  rowsOnLeaf(page: number): number | null;
  /** How many pages are not the same. */
  readonly differing: number;
  /** Some overflow page in use in both may hold different bytes, so that equal leaves can mean different rows. */
  readonly overflowDiffers: boolean;
  /** The same for other threads; `null`: none is equal. */
  readonly shared: SharedPages | null;
}

const NONE_EQUAL: EqualPages = {
  has: () => false,
  rowsOnLeaf: () => null,
  differing: Infinity,
  overflowDiffers: false,
  shared: null,
};

/** What another thread has found out. */
export function equalPagesOf(shared: SharedPages | null): EqualPages {
  if (shared === null) return NONE_EQUAL;
  const { equal, rows, counters } = pageMarks(shared.memory);
  return {
    has: (page) => equal.has(page),
    rowsOnLeaf: (page) => {
      const count = rows[page] ?? NO_LEAF;
      return count === NO_LEAF ? null : count;
    },
    differing:
      Atomics.load(counters, COUNTER.pagesSeen) - Atomics.load(counters, COUNTER.pagesEqual),
    overflowDiffers: shared.overflowDiffers,
    shared,
  };
}

/**
 * Compares two databases page by page. Copies of one file that were edited since still have most pages
 * under their old numbers. Others (one was packed by VACUUM) share none; that is noticed early.
 *
 * @param helper - another thread, if there is one; half of the work is its
 */
export function findEqualPages({ a, b }: ImagePair, helper: Helper | null): EqualPages {
  const isAlike =
    a.header.pageSize === b.header.pageSize && a.header.usableSize === b.header.usableSize;
  if (!isAlike) return NONE_EQUAL;
  const memory = createMarkMemory(Math.min(a.pageCount, b.pageCount));
  const marks = pageMarks(memory);
  const helping = helper?.beginMarking(memory);
  markPages({ a, b }, marks);
  helping?.finish();
  if (Atomics.load(marks.counters, COUNTER.isGivenUp) === 1) return NONE_EQUAL;
  return equalPagesOf({ memory, overflowDiffers: isOverflowInUse(a, b, marks.overflow) });
}

/**
 * Pointer-map pages differ wherever a page was added, and free pages hold whatever they last held: neither
 * is part of a row that both sides have. What is left is an overflow page, as far as anybody knows.
 */
function isOverflowInUse(a: Image, b: Image, overflow: Bits): boolean {
  if (overflow.isEmpty()) return false;
  overflow.remove(1);
  for (const image of [a, b]) {
    for (const page of freePages(image)) overflow.remove(page);
    if (!image.header.hasPointerMap) continue;
    for (let page = 2; page <= image.pageCount; page++) {
      if (isPointerMap(page, image.header)) overflow.remove(page);
    }
  }
  return !overflow.isEmpty();
}
