import type Database from "better-sqlite3";
import { DigestSum } from "../digest-sum.ts";
import { columnList } from "../expressions.ts";
import { foldName, quoteName } from "../identifier.ts";
import { columnNames } from "../rows.ts";
import type { Table } from "../schema/types.ts";
import { exactList, exactValues, isText } from "./exact-value.ts";
import type { ExactRow, ExactValue } from "./exact-value.ts";

/** A table's size and a digest of its content. */
export interface ContentDigest {
  readonly rows: number;
  /** 32 hexadecimal digits. */
  readonly digest: string;
}

/** Says that text did not survive its way into a JavaScript string. */
const REPLACEMENT = "\uFFFD";

/**
 * A digest of what a table holds: equal for two tables exactly when their rows are equal as bags, by
 * storage class and value (0.0 is -0.0), with the same columns and text encoding ({@link DigestSum}). The
 * order of rows and columns, page sizes, and rowids that are not the key do not matter. Reads by SQL; reading
 * pages gives the same, faster (`digestFile`). One scan, memory of one row.
 */
export function contentDigest(
  db: Database.Database,
  schemaName: string,
  table: Table,
  encoding: string,
): ContentDigest {
  const source: DigestSource = { db, table: { ...table, columns: digestOrder(table) }, schemaName };
  const header = digestHeader(table, encoding);
  // SQLite's conversion from UTF-16 makes the same characters of some texts that are not valid.
  const sum = (encoding === "UTF-8" ? sumOfStrings(source) : null) ?? sumOfBytes(source);
  return { rows: sum.rows, digest: sum.finish(header) };
}

/** The columns in the order of their names: both sides may have them in another one. */
export function digestOrder({ columns }: Table): Table["columns"] {
  return columns.toSorted((one, other) => (foldName(one.name) < foldName(other.name) ? -1 : 1));
}

/** What must be equal besides the rows. */
export function digestHeader(table: Table, encoding: string): string[] {
  return [encoding, ...digestOrder(table).map(({ name }) => foldName(name))];
}

interface DigestSource {
  readonly db: Database.Database;
  /** With its columns in the order of their names. */
  readonly table: Table;
  readonly schemaName: string;
}

/** With text as JavaScript strings, which is twice as fast. @returns `null` if some text may not survive that */
function sumOfStrings(source: DigestSource): DigestSum | null {
  const sum = new DigestSum();
  const write = createTextWriter(sum);
  for (const row of scan(source, columnList(source.table))) {
    for (const value of row) {
      if (typeof value !== "string") addValue(sum, value as ExactValue);
      else if (value.includes(REPLACEMENT)) return null;
      else write(value);
    }
    sum.endRow();
  }
  return sum;
}

/** With text as its bytes. */
function sumOfBytes(source: DigestSource): DigestSum {
  const sum = new DigestSum();
  for (const row of scan(source, exactList(columnNames(source.table), "x"))) {
    for (const value of exactValues(row)) addValue(sum, value);
    sum.endRow();
  }
  return sum;
}

function addValue(sum: DigestSum, value: ExactValue): void {
  if (value === null) sum.null();
  else if (typeof value === "bigint") sum.bigint(value);
  else if (typeof value === "number") sum.real(value);
  else if (isText(value)) sum.text(viewOf(value.text), 0, value.text.length);
  else sum.blob(viewOf(value), 0, value.length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Writes strings as UTF-8 into one memory that is used again and again. */
function createTextWriter(sum: DigestSum): (text: string) => void {
  let bytes = Buffer.alloc(4096);
  let view = viewOf(bytes);
  return (text) => {
    // Three bytes is the most that UTF-8 takes for one unit of UTF-16.
    if (text.length * 3 > bytes.length) {
      bytes = Buffer.alloc(text.length * 3);
      view = viewOf(bytes);
    }
    sum.text(view, 0, bytes.write(text, "utf8"));
  };
}

function scan({ db, schemaName, table }: DigestSource, columns: string): Iterable<ExactRow> {
  const from = `${quoteName(schemaName)}.${quoteName(table.name)}`;
  // Rows are arrays in raw mode, whatever the types say.
  return db
    .prepare(`SELECT ${columns} FROM ${from} AS x`)
    .safeIntegers()
    .raw()
    .iterate() as Iterable<ExactRow>;
}
