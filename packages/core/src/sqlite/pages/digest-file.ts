import { DigestSum } from "../digest-sum.ts";
import { TreeCursor } from "./cursor.ts";
import type {
  DigestAnswer,
  DigestRequest,
  DigestedColumn,
  DigestedTable,
  TableDigest,
} from "./digest-request.ts";
import { SERIAL_TYPE } from "./format.ts";
import { openImage } from "./image.ts";
import type { Image } from "./image.ts";
import { NotKnown, reasonOf } from "./not-known.ts";
import { payloadStart } from "./payload.ts";
import type { Row } from "./payload.ts";
import { bytesOfType } from "./record.ts";
import type { StoredValue } from "./record.ts";

import { readVarint } from "./varint.ts";

/**
 * Digests tables by reading a database's pages. The result is that of reading the rows by SQL: how a value
 * is stored (1 in one byte or in none, 2.0 as an integer) does not matter. Must run where no SQLite
 * connection is (SQLITE_NOTES 1), while the asker keeps a read transaction open.
 */
export function digestFile({ file, tables }: DigestRequest): DigestAnswer {
  let image: Image | null = null;
  try {
    const opened = openImage(file.path, file.identity);
    image = opened;
    const digests = tables.map((table) => digestTable(opened, table));
    opened.verify();
    return { type: "digested", tables: digests };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  } finally {
    image?.close();
  }
}

function digestTable(image: Image, table: DigestedTable): TableDigest {
  try {
    const sum = new DigestSum();
    const record = createRecord(table.fields);
    const cursor = new TreeCursor(image, table.root, table.withoutRowid ? "index" : "table");
    for (cursor.settle(); !cursor.isDone; cursor.settle()) {
      readRecord(cursor, record);
      for (const column of table.columns) addValue(sum, cursor, record, column);
      sum.endRow();
      cursor.advance();
    }
    return { type: "digest", rows: sum.rows, digest: sum.finish(table.header) };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  }
}

/** Where the values of a record stand; one object for all rows. */
interface RecordFields {
  view: DataView;
  /** How many it has: fewer where columns were added since. */
  count: number;
  readonly types: Int32Array;
  readonly ats: Int32Array;
}

function createRecord(fields: number): RecordFields {
  const [types, ats] = [new Int32Array(fields), new Int32Array(fields)];
  return { view: new DataView(new ArrayBuffer(0)), count: 0, types, ats };
}

const wide = { high: 0, low: 0 };

/** A header with its own size and each value's serial type, then the values (2.1). */
function readRecord(row: Row, record: RecordFields): void {
  const { localAt, localBytes, payloadBytes, overflow } = row.cell;
  const isLocal = overflow === 0;
  const view = isLocal ? row.page.view : payloadStart(row, payloadBytes);
  const start = isLocal ? localAt : 0;
  const end = start + (isLocal ? localBytes : payloadBytes);
  let header = readVarint(view, start, wide);
  const headerEnd = start + wide.low;
  let at = headerEnd;
  let count = 0;
  while (header < headerEnd) {
    if (count === record.types.length) throw new NotKnown("a record has too many fields");
    header = readVarint(view, header, wide);
    record.types[count] = wide.low;
    record.ats[count] = at;
    at += bytesOfType(wide.low);
    count++;
  }
  if (at > end) throw new NotKnown("a record reaches beyond its cell");
  record.view = view;
  record.count = count;
}

function addValue(
  sum: DigestSum,
  { cell }: Row,
  { view, count, types, ats }: RecordFields,
  { place, isReal, missing }: DigestedColumn,
): void {
  if (place < 0) {
    sum.integer(cell.high, cell.low);
    return;
  }
  if (place >= count) {
    addStored(sum, missing);
    return;
  }
  const type = types[place] ?? 0;
  const at = ats[place] ?? 0;
  if (type === SERIAL_TYPE.null) sum.null();
  else if (type === SERIAL_TYPE.real) sum.realBits(view.getInt32(at), view.getInt32(at + 4));
  else if (type >= SERIAL_TYPE.firstBlob) {
    if (type % 2 === 0) sum.blob(view, at, (type - SERIAL_TYPE.firstBlob) / 2);
    else sum.text(view, at, (type - SERIAL_TYPE.firstText) / 2);
  } else if (isReal) sum.real(highOf(view, type, at) * 2 ** 32 + (lowOf(view, type, at) >>> 0));
  else sum.integer(highOf(view, type, at), lowOf(view, type, at));
}

/** The upper half of an integer; of a short one, its sign. */
function highOf(view: DataView, type: number, at: number): number {
  if (type === 6) return view.getInt32(at);
  return type === 5 ? view.getInt16(at) : lowOf(view, type, at) >> 31;
}

function lowOf(view: DataView, type: number, at: number): number {
  switch (type) {
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getInt16(at);
    case 3:
      return (view.getInt8(at) << 16) | view.getUint16(at + 1);
    case 4:
      return view.getInt32(at);
    case 5:
      return view.getInt32(at + 2);
    case 6:
      return view.getInt32(at + 4);
    default:
      return type - SERIAL_TYPE.zero;
  }
}

function addStored(sum: DigestSum, value: StoredValue | undefined): void {
  if (value === undefined) throw new NotKnown("what older rows have in a new column is not known");
  if (value === null) sum.null();
  else if (typeof value === "bigint") sum.bigint(value);
  else if (typeof value === "number") sum.real(value);
  else if (value instanceof Uint8Array) sum.blob(viewOf(value), 0, value.length);
  else sum.text(viewOf(value.text), 0, value.text.length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
