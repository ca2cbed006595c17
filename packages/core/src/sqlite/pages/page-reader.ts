import type { Image, Page } from "./image.ts";
import { NotKnown } from "./not-known.ts";

/** Leaves of a tree that was filled in order follow each other: that many bytes are read at once. */
const AHEAD_BYTES = 2 ** 17;

/** Between two leaves may stand an interior page, or some of another tree that grew at the same time. */
const NEAR_PAGES = 8;

/** Reads single pages, and ahead where they turn out to follow each other. */
export interface PageReader {
  /** A view that the next call may overwrite. */
  page(number: number): Page;
}

/** Everything is. */
const ALL_WANTED = (): boolean => true;

/**
 * For one cursor: what it reads next lies near what it read last, or anywhere.
 *
 * @param isWanted - whether the cursor can come to a page at all; what lies behind one to which it cannot is not read
 *   ahead
 */
export function createPageReader(
  image: Image,
  isWanted: (page: number) => boolean = ALL_WANTED,
): PageReader {
  const { pageSize } = image.header;
  const room = Math.max(1, Math.floor(AHEAD_BYTES / pageSize));
  const buffer = Buffer.allocUnsafeSlow(room * pageSize);
  // Made once: for each page anew, they would cost as much as hashing it.
  const places = Array.from({ length: room }, (_, place) =>
    pageAt(buffer, place * pageSize, pageSize),
  );
  let first = 0;
  let count = 0;
  let latest = 0;
  const wantedFrom = (number: number): number => {
    const most = Math.min(room, image.pageCount - number + 1);
    let wanted = 1;
    while (wanted < most && isWanted(number + wanted)) wanted++;
    return wanted;
  };
  return {
    page: (number) => {
      if (number < first || number >= first + count) {
        const isNear = number > latest && number <= latest + NEAR_PAGES;
        first = number;
        count = isNear ? wantedFrom(number) : 1;
        readPages(image, number, buffer.subarray(0, count * pageSize));
      }
      latest = number;
      const page = places[number - first];
      if (page === undefined) throw new NotKnown("a page was not read");
      return page;
    },
  };
}

/** One page, for as long as it is wanted. */
export function readPage(image: Image, number: number): Page {
  const { pageSize } = image.header;
  const bytes = Buffer.allocUnsafeSlow(pageSize);
  readPages(image, number, bytes);
  return pageAt(bytes, 0, pageSize);
}

/** Page 1 holds nothing but the schema, and no number points behind the end. */
function readPages(image: Image, first: number, into: Buffer): void {
  if (first < 2 || first > image.pageCount) throw new NotKnown("a page number is out of range");
  image.read(first, into);
}

function pageAt(buffer: Buffer, start: number, pageSize: number): Page {
  return {
    bytes: buffer.subarray(start, start + pageSize),
    view: new DataView(buffer.buffer, buffer.byteOffset + start, pageSize),
  };
}
