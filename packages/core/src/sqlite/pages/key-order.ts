import { encodeKey } from "./keys.ts";
import type { KeyPart } from "./scan-request.ts";
import { payloadStart } from "./payload.ts";
import type { Row } from "./payload.ts";
import { firstFields, valueOf } from "./record.ts";
import type { Field, StoredValue } from "./record.ts";

/**
 * Which of two rows of WITHOUT ROWID tables comes first in their trees: below 0 for `a`.
 *
 * Only a guess at SQLite's order (2.4 and https://www.sqlite.org/datatype3.html#sort_order), and no more is
 * needed: rows are taken for equal only where their bytes are. A wrong guess, by a collation not known
 * here, makes candidates of rows that are equal, which costs time and nothing else.
 */
export function orderOfKeys(a: Row, b: Row, key: readonly KeyPart[]): number {
  const [one, other] = [keyFields(a, key.length), keyFields(b, key.length)];
  for (const [place, { collation, isDescending }] of key.entries()) {
    const [left, right] = [one.fields[place], other.fields[place]];
    if (left === undefined || right === undefined) return 0;
    const order = orderOfValues(valueOf(one.view, left), valueOf(other.view, right), collation);
    if (order !== 0) return isDescending ? -order : order;
  }
  return 0;
}

/** The keys of two rows hold the same bytes. Others may be equal by their collation. */
export function hasSameKey(a: Row, b: Row, parts: number): boolean {
  const [one, other] = [keyFields(a, parts), keyFields(b, parts)];
  const [left, right] = [encodeKey(one.view, one.fields), encodeKey(other.view, other.fields)];
  return Buffer.compare(left, right) === 0;
}

/** A record's header is small, and its key comes first: rarely is more than the row's own page needed. */
const USUAL_KEY_BYTES = 64;

/** The key's fields of a row, with all of their bytes. */
export function keyFields(
  row: Row,
  count: number,
): { readonly view: DataView; readonly fields: readonly Field[] } {
  for (let wanted = USUAL_KEY_BYTES; ; wanted *= 4) {
    const view = payloadStart(row, wanted);
    const isAll = view.byteLength >= row.cell.payloadBytes;
    const fields = isAll || headerBytes(view) <= view.byteLength ? firstFields(view, count) : null;
    const last = fields?.at(-1);
    const isThere = last === undefined || last.at + last.bytes <= view.byteLength;
    if (fields !== null && (isThere || isAll)) return { view, fields };
  }
}

/** A record's header starts with its own size, which takes more than two bytes in no table that we compare. */
function headerBytes(view: DataView): number {
  const first = view.getUint8(0);
  return first < 0x80 ? first : ((first & 0x7f) << 7) | (view.getUint8(1) & 0x7f);
}

function orderOfValues(a: StoredValue, b: StoredValue, collation: string): number {
  const order = classOf(a) - classOf(b);
  if (order !== 0 || a === null || b === null) return order;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : Number(a > b);
  return Buffer.compare(collated(a, collation), collated(b, collation));
}

/** NULL, then numbers, texts, blobs. */
function classOf(value: StoredValue): number {
  if (value === null) return 0;
  if (isNumber(value)) return 1;
  return value instanceof Uint8Array ? 3 : 2;
}

function isNumber(value: StoredValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

const SPACE = 0x20;

/** The bytes by which a text is ordered (https://www.sqlite.org/datatype3.html#collation). */
function collated(value: StoredValue, collation: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = value !== null && typeof value === "object" ? value.text : NOTHING;
  if (collation === "NOCASE") {
    return text.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
  }
  if (collation !== "RTRIM") return text;
  let end = text.length;
  while (end > 0 && text[end - 1] === SPACE) end--;
  return text.subarray(0, end);
}

const NOTHING = new Uint8Array(0);
