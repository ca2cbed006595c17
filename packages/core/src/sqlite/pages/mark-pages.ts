import { PAGE, PAGE_TYPE } from "./format.ts";
import type { Image } from "./image.ts";
import { COUNTER, NO_LEAF } from "./page-marks.ts";
import type { PageMarks } from "./page-marks.ts";

/** Two databases with pages of one size. */
export interface ImagePair {
  readonly a: Image;
  readonly b: Image;
}

/** Read at once from each side; both stay in the processor's cache, where comparing costs nothing. */
const READ_BYTES = 2 ** 17;

/** What a thread takes at a time: so much that taking it costs nothing, so little that threads end together. */
const BATCH_BYTES = 2 ** 20;

/** Page numbers share words of memory by 32; no two threads may write into one. */
const PAGES_OF_A_WORD = 32;

/** Looked at before it is decided whether going on is worth it. */
const TRIAL_BYTES = 2 ** 22;

/** Where fewer than one of so many pages is equal, leaves are not looked for by their number. */
const WORTH_ONE_IN = 16;

/**
 * Compares the pages of two databases and notes what it finds, batch after batch, as long as there is one
 * that no other thread has taken.
 */
export function markPages(images: ImagePair, marks: PageMarks): void {
  const { pageSize } = images.a.header;
  const room = Math.max(1, Math.floor(READ_BYTES / pageSize));
  const buffers = {
    a: Buffer.allocUnsafeSlow(room * pageSize),
    b: Buffer.allocUnsafeSlow(room * pageSize),
  };
  const batch = Math.max(PAGES_OF_A_WORD, Math.floor(BATCH_BYTES / pageSize));
  const { counters, common } = marks;
  while (Atomics.load(counters, COUNTER.isGivenUp) === 0) {
    const start = Atomics.add(counters, COUNTER.nextBatch, 1) * batch;
    if (start > common) return;
    const end = Math.min(start + batch - 1, common);
    for (let first = Math.max(start, 1); first <= end; first += room) {
      const pages = Math.min(room, end - first + 1);
      const [a, b] = [
        buffers.a.subarray(0, pages * pageSize),
        buffers.b.subarray(0, pages * pageSize),
      ];
      images.a.read(first, a);
      images.b.read(first, b);
      markRead(images, marks, { first, a, b });
    }
  }
}

interface ReadPages {
  readonly first: number;
  readonly a: Buffer;
  readonly b: Buffer;
}

function markRead(images: ImagePair, marks: PageMarks, { first, a, b }: ReadPages): void {
  const { pageSize } = images.a.header;
  const view = new DataView(a.buffer, a.byteOffset, a.length);
  const isSame = a.equals(b);
  let page = first;
  let equal = 0;
  for (let at = 0; at < a.length; at += pageSize, page++) {
    marks.rows[page] = NO_LEAF;
    if (isSame || a.compare(b, at, at + pageSize, at, at + pageSize) === 0) {
      marks.equal.add(page);
      marks.rows[page] = rowsOn(view, at);
      equal++;
    } else if (mayBeOverflow(images.a, a, at) && mayBeOverflow(images.b, b, at)) {
      marks.overflow.add(page);
    }
  }
  giveUpIfNotWorth(marks, { seen: page - first, equal, trial: TRIAL_BYTES / pageSize });
}

function rowsOn(view: DataView, at: number): number {
  const type = view.getUint8(at + PAGE.type);
  const isLeaf = type === PAGE_TYPE.tableLeaf || type === PAGE_TYPE.indexLeaf;
  return isLeaf ? view.getUint16(at + PAGE.cellCount) : NO_LEAF;
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

function giveUpIfNotWorth(
  { counters }: PageMarks,
  { seen, equal, trial }: { readonly seen: number; readonly equal: number; readonly trial: number },
): void {
  const allSeen = Atomics.add(counters, COUNTER.pagesSeen, seen) + seen;
  const allEqual = Atomics.add(counters, COUNTER.pagesEqual, equal) + equal;
  if (allSeen >= trial && allEqual * WORTH_ONE_IN < allSeen) {
    Atomics.store(counters, COUNTER.isGivenUp, 1);
  }
}
