import { createBits } from "./bits.ts";
import type { Bits } from "./bits.ts";
import { PAGE, PAGE_TYPE } from "./format.ts";
import { freePages } from "./freelist.ts";
import { isPointerMap } from "./header.ts";
import type { Image } from "./image.ts";

/** Which pages of two databases hold the same bytes under the same number. */
export interface EqualPages {
  /** How many pages were read in each. */
  readonly pages: number;
  /** The page is the same in both. */
  has(page: number): boolean;
  /** How many rows a leaf that is the same in both holds; `null`: it is no leaf. */
  rowsOnLeaf(page: number): number | null;
  /** Some overflow page in use in both may hold different bytes, so that equal leaves can mean different rows. */
  readonly overflowDiffers: boolean;
}

/** Read at once from each side; both stay in the processor's cache, where comparing costs nothing. */
const BATCH_BYTES = 2 ** 18;

/** Looked at before it is decided whether going on is worth it. */
const TRIAL_BYTES = 2 ** 22;

/** Where fewer than one of so many pages is equal, leaves are not looked for by their number. */
const WORTH_ONE_IN = 16;

/** Stands for "no leaf" among row counts: no page is large enough for so many cells. */
const NO_LEAF = 0xff_ff;

/**
 * Compares two databases page by page. Copies of one file that were edited since still have most pages
 * under their old numbers. Others (one was packed by VACUUM) share none; that is noticed early.
 */
export function findEqualPages(a: Image, b: Image): EqualPages {
  const common = Math.min(a.pageCount, b.pageCount);
  const isAlike =
    a.header.pageSize === b.header.pageSize && a.header.usableSize === b.header.usableSize;
  if (!isAlike) return NONE_EQUAL;
  const found = { equal: createBits(common), overflow: createBits(common) };
  const rows = new Uint16Array(common + 1).fill(NO_LEAF);
  const pages = compareAll({ a, b, common }, { ...found, rows });
  if (pages < common) return { ...NONE_EQUAL, pages };
  return {
    pages,
    has: (page) => found.equal.has(page),
    rowsOnLeaf: (page) => {
      const count = rows[page] ?? NO_LEAF;
      return count === NO_LEAF ? null : count;
    },
    overflowDiffers: isOverflowInUse(a, b, found.overflow),
  };
}

const NONE_EQUAL: EqualPages = {
  pages: 0,
  has: () => false,
  rowsOnLeaf: () => null,
  overflowDiffers: false,
};

interface Sides {
  readonly a: Image;
  readonly b: Image;
  /** Pages that both have. */
  readonly common: number;
}

interface Found {
  readonly equal: Bits;
  /** Different pages that may be overflow pages on both sides. */
  readonly overflow: Bits;
  readonly rows: Uint16Array;
}

/** @returns how many pages were looked at: not all of them where it is not worth it */
function compareAll({ a, b, common }: Sides, { equal, overflow, rows }: Found): number {
  const { pageSize } = a.header;
  const room = Math.max(1, Math.floor(BATCH_BYTES / pageSize));
  const [left, right] = [
    Buffer.allocUnsafeSlow(room * pageSize),
    Buffer.allocUnsafeSlow(room * pageSize),
  ];
  const trial = Math.max(room, Math.floor(TRIAL_BYTES / pageSize));
  let equalPages = 0;
  for (let first = 1; first <= common; first += room) {
    const bytes = Math.min(room, common - first + 1) * pageSize;
    const [one, other] = [left.subarray(0, bytes), right.subarray(0, bytes)];
    a.read(first, one);
    b.read(first, other);
    const isSame = one.equals(other);
    for (let at = 0, page = first; at < bytes; at += pageSize, page++) {
      if (isSame || one.compare(other, at, at + pageSize, at, at + pageSize) === 0) {
        equal.add(page);
        rows[page] = rowsOn(one, at);
        equalPages++;
      } else if (mayBeOverflow(a, one, at) && mayBeOverflow(b, other, at)) overflow.add(page);
    }
    const seen = first - 1 + bytes / pageSize;
    if (seen >= trial && equalPages * WORTH_ONE_IN < seen) return seen;
  }
  return common;
}

function rowsOn(bytes: Buffer, at: number): number {
  const type = bytes[at + PAGE.type];
  const isLeaf = type === PAGE_TYPE.tableLeaf || type === PAGE_TYPE.indexLeaf;
  return isLeaf ? bytes.readUInt16BE(at + PAGE.cellCount) : NO_LEAF;
}

/** From so many pages on, the number that an overflow page starts with can look like a b-tree page's type. */
const AMBIGUOUS_PAGES = PAGE_TYPE.indexInterior * 2 ** 24;

const B_TREE_TYPES: readonly (number | undefined)[] = Object.values(PAGE_TYPE);

/**
 * An overflow page starts with the number of the next one (1.7), whose first byte is 0 or 1 in every
 * database of less than 2^25 pages; a b-tree page starts with its type, which is neither.
 */
function mayBeOverflow({ pageCount }: Image, bytes: Buffer, at: number): boolean {
  return pageCount >= AMBIGUOUS_PAGES || !B_TREE_TYPES.includes(bytes[at]);
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
