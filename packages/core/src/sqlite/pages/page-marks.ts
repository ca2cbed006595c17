import { bitsBytes, bitsOver } from "./bits.ts";
import type { Bits } from "./bits.ts";

/** Memory that threads fill together. */
export interface MarkMemory {
  /** Pages that both files have under the same number. */
  readonly common: number;
  readonly equal: SharedArrayBuffer;
  readonly overflow: SharedArrayBuffer;
  readonly rows: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

/** What is noted about each page that both files have. */
export interface PageMarks {
  readonly common: number;
  /** The same bytes in both. */
  readonly equal: Bits;
  /** Different, and maybe overflow pages in both. */
  readonly overflow: Bits;
  /** The rows of leaves that are the same in both, else {@link NO_LEAF}. */
  readonly rows: Uint16Array;
  readonly counters: Int32Array;
}

/** Stands for "no leaf" among row counts: no page is large enough for so many cells. */
export const NO_LEAF = 0xff_ff;

/** Places of the counters. */
export const COUNTER = {
  /** The next batch of pages that nobody has taken. */
  nextBatch: 0,
  pagesSeen: 1,
  pagesEqual: 2,
  /** 1: too few pages are equal to look for more. */
  isGivenUp: 3,
} as const;

export function createMarkMemory(common: number): MarkMemory {
  const bytes = bitsBytes(common);
  return {
    common,
    equal: new SharedArrayBuffer(bytes),
    overflow: new SharedArrayBuffer(bytes),
    rows: new SharedArrayBuffer(2 * (common + 1)),
    counters: new SharedArrayBuffer(4 * Object.keys(COUNTER).length),
  };
}

export function pageMarks(memory: MarkMemory): PageMarks {
  return {
    common: memory.common,
    equal: bitsOver(memory.equal),
    overflow: bitsOver(memory.overflow),
    rows: new Uint16Array(memory.rows),
    counters: new Int32Array(memory.counters),
  };
}
