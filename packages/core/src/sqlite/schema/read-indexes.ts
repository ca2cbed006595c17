import type Database from "better-sqlite3";
import { foldName } from "../identifier.ts";
import { parseIndex } from "./parse-index.ts";
import type { IndexText } from "./parse-index.ts";
import { indexPartRows, indexRows } from "./pragmas.ts";
import type { ColumnRow, IndexRow } from "./pragmas.ts";
import type { KeyColumn, UniqueIndex, UniquePart } from "./types.ts";

/** What identifies a table's rows, and its other UNIQUE indexes. */
export interface Indexes {
  readonly key: readonly KeyColumn[];
  readonly keyIsRowid: boolean;
  readonly nullableKey: boolean;
  readonly uniqueIndexes: readonly UniqueIndex[];
}

/**
 * Chooses the key by DESIGN §5: the declared primary key, else a UNIQUE index over stored NOT NULL
 * columns, else none. Among several such indexes: the one with fewest columns, then the one whose
 * columns come first in the table. (Not the older one: two sides may have made them in another order.)
 */
export function readIndexes(
  db: Database.Database,
  schemaName: string,
  table: string,
  columns: readonly ColumnRow[],
): Indexes {
  const rows = indexRows(db, schemaName, table).filter((row) => row.isUnique === 1);
  const columnNames = new Set(columns.map(({ name }) => foldName(name)));
  const textOfIndex = (sql: string | null): IndexText | null =>
    sql === null ? null : parseIndex(sql, columnNames);
  const unique = rows.map((row) => ({
    ...uniqueIndex(db, schemaName, row, textOfIndex(row.sql)),
    isPrimaryKey: row.origin === "pk",
  }));
  const rowidColumn = rowidColumnOf(columns, rows);
  if (rowidColumn !== null) {
    const key = [{ name: rowidColumn, collation: "BINARY" }];
    return { key, keyIsRowid: true, nullableKey: false, uniqueIndexes: unique.map(withoutMark) };
  }
  const keyIndex = unique.find((index) => index.isPrimaryKey) ?? bestCandidate(unique, columns);
  const key = keyColumnsOf(keyIndex?.parts ?? []);
  return {
    key,
    keyIsRowid: false,
    nullableKey: key.some(
      ({ name }) => columns.find((column) => column.name === name)?.isNotNull === 0,
    ),
    uniqueIndexes: unique.filter((index) => index !== keyIndex).map(withoutMark),
  };
}

/**
 * The column that is the rowid under another name. It is the one primary key for which SQLite makes no
 * index, so that `INTEGER PRIMARY KEY DESC`, `INT PRIMARY KEY` and WITHOUT ROWID need no rule here
 * (https://www.sqlite.org/lang_createtable.html#rowid).
 */
function rowidColumnOf(columns: readonly ColumnRow[], indexes: readonly IndexRow[]): string | null {
  if (indexes.some((row) => row.origin === "pk")) return null;
  return columns.find((column) => column.pk === 1)?.name ?? null;
}

function uniqueIndex(
  db: Database.Database,
  schemaName: string,
  { name: index }: IndexRow,
  text: IndexText | null,
): UniqueIndex {
  const parts = indexPartRows(db, schemaName, index).map(({ name, coll }, place) => ({
    column: name,
    expression: name === null ? (text?.parts[place] ?? null) : null,
    collation: coll.toUpperCase(),
  }));
  return { name: index, parts, where: text?.where ?? null };
}

function withoutMark({ name, parts, where }: UniqueIndex): UniqueIndex {
  return { name, parts, where };
}

function bestCandidate<Index extends UniqueIndex>(
  unique: readonly Index[],
  columns: readonly ColumnRow[],
): Index | undefined {
  const isSolid = ({ column }: UniquePart): boolean =>
    columns.some(
      ({ name, isNotNull, hidden }) => name === column && isNotNull === 1 && hidden === 0,
    );
  const places = (index: Index): readonly number[] =>
    index.parts
      .map((part) => columns.findIndex((column) => column.name === part.column))
      .toSorted((x, y) => x - y);
  const candidates = unique.filter((index) => index.where === null && index.parts.every(isSolid));
  return candidates.toSorted((one, other) => compareLists(places(one), places(other)))[0];
}

/** Shorter lists first, then by their numbers. */
function compareLists(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) return one.length - other.length;
  const place = one.findIndex((number, index) => number !== other[index]);
  return (one[place] ?? 0) - (other[place] ?? 0);
}

/** `PRIMARY KEY (a, a)` is legal; of a column under two collations, BINARY decides what is equal. */
function keyColumnsOf(parts: readonly UniquePart[]): readonly KeyColumn[] {
  const columns = new Map<string, KeyColumn>();
  for (const { column, collation } of parts) {
    if (column === null) continue;
    if (!columns.has(column) || collation === "BINARY")
      columns.set(column, { name: column, collation });
  }
  return [...columns.values()];
}
