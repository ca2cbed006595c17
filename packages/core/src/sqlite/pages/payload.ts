import type { Cell } from "./cell.ts";
import { OVERFLOW_HEADER_BYTES } from "./format.ts";
import type { Image, Page } from "./image.ts";
import { NotKnown } from "./not-known.ts";

/** A row on its page, and where the rest of it is read. */
export interface Row {
  readonly image: Image;
  readonly page: Page;
  readonly cell: Cell;
}

/** Two rows hold the same bytes. (Then they are the same row; other bytes may still mean the same.) */
export function samePayload(a: Row, b: Row): boolean {
  const [one, other] = [a.cell, b.cell];
  if (one.payloadBytes !== other.payloadBytes) return false;
  if (one.overflow !== 0 || other.overflow !== 0) return sameParts(a, b);
  const bytes = one.localBytes;
  if (bytes <= FEW_BYTES)
    return sameBytes(a.page.view, one.localAt, b.page.view, other.localAt, bytes);
  const [from, to] = [other.localAt, other.localAt + bytes];
  return a.page.bytes.compare(b.page.bytes, from, to, one.localAt, one.localAt + bytes) === 0;
}

/** A call into native code costs as much as comparing about so many bytes here. */
const FEW_BYTES = 400;

// Five plain values: an object for each pair of rows would cost more than the comparison.
// oxlint-disable-next-line eslint/max-params
function sameBytes(a: DataView, atA: number, b: DataView, atB: number, bytes: number): boolean {
  let done = 0;
  for (; done + 4 <= bytes; done += 4) {
    if (a.getInt32(atA + done) !== b.getInt32(atB + done)) return false;
  }
  for (; done < bytes; done++) {
    if (a.getUint8(atA + done) !== b.getUint8(atB + done)) return false;
  }
  return true;
}

/** Part by part: chains may be cut at other places where page sizes differ. */
function sameParts(a: Row, b: Row): boolean {
  const [parts, others] = [payloadParts(a), payloadParts(b)];
  let [left, right] = [parts.next().value ?? END, others.next().value ?? END];
  while (left.length > 0 && right.length > 0) {
    const length = Math.min(left.length, right.length);
    if (left.compare(right, 0, length, 0, length) !== 0) return false;
    left = length < left.length ? left.subarray(length) : (parts.next().value ?? END);
    right = length < right.length ? right.subarray(length) : (others.next().value ?? END);
  }
  return left.length === right.length;
}

const END = Buffer.alloc(0);

/** What stands on the row's own page, then what each page of its overflow chain holds (1.7). */
export function* payloadParts({ image, page, cell }: Row): Generator<Buffer, undefined> {
  const { localAt, localBytes, payloadBytes, overflow } = cell;
  yield page.bytes.subarray(localAt, localAt + localBytes);
  let left = payloadBytes - localBytes;
  if (left === 0) return;
  for (const bytes of chainPages(image, overflow, left)) {
    const part = bytes.subarray(
      OVERFLOW_HEADER_BYTES,
      Math.min(bytes.length, OVERFLOW_HEADER_BYTES + left),
    );
    left -= part.length;
    yield part;
  }
}

/**
 * The usable bytes of an overflow chain's pages, each overwritten by the next: as many pages as the payload
 * takes; no more are read, whatever the last one says.
 */
function* chainPages(image: Image, first: number, payloadBytes: number): Generator<Buffer> {
  const { usableSize, pageSize } = image.header;
  const buffer = Buffer.allocUnsafe(pageSize);
  for (const number of chainNumbers(image, first, payloadBytes)) {
    image.read(number, buffer);
    yield buffer.subarray(0, usableSize);
  }
}

/** The numbers of a chain's pages. Each is read only for the number of the next one, and only if there is one. */
export function* chainNumbers(
  image: Image,
  first: number,
  payloadBytes: number,
): Generator<number> {
  const pageBytes = image.header.usableSize - OVERFLOW_HEADER_BYTES;
  const next = Buffer.alloc(OVERFLOW_HEADER_BYTES);
  let number = first;
  for (let left = payloadBytes; ;) {
    if (number < 2 || number > image.pageCount) throw new NotKnown("an overflow chain is broken");
    yield number;
    left -= pageBytes;
    if (left <= 0) return;
    image.read(number, next);
    number = next.readUInt32BE(0);
  }
}

/** The first bytes of a payload in one piece: what stands on the page, or more where that is needed. */
export function payloadStart(row: Row, wantedBytes: number): DataView {
  const { localAt, localBytes, payloadBytes } = row.cell;
  const { view } = row.page;
  if (localBytes >= Math.min(wantedBytes, payloadBytes)) {
    return new DataView(view.buffer, view.byteOffset + localAt, localBytes);
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const part of payloadParts(row)) {
    parts.push(Buffer.from(part));
    bytes += part.length;
    if (bytes >= wantedBytes) break;
  }
  const all = Buffer.concat(parts);
  return new DataView(all.buffer, all.byteOffset, all.length);
}
