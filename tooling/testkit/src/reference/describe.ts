import type Database from "better-sqlite3";
import { tableNames, withDatabase } from "../dump/dump.ts";
import type { Target } from "../dump/dump.ts";
import { quoteText } from "../quote.ts";

/** A key column and how the key's index compares it. */
export interface KeyColumn {
  readonly name: string;
  readonly collation: string;
}

/** What the rule of reconciling needs to know of a table. */
export interface TableDescription {
  readonly name: string;
  /** Columns that are rows' content: no generated ones, of a virtual table also its rowid. */
  readonly columns: readonly string[];
  /** Empty: a bag of rows. */
  readonly key: readonly KeyColumn[];
  /** SQLite hands the key out: an INTEGER PRIMARY KEY or a virtual table's rowid. */
  readonly generatedKey: boolean;
  readonly timestampColumn: string | null;
  /** Something besides the key can refuse a row: the outcome is only bounded by the rule. */
  readonly constrained: boolean;
}

interface IndexRow {
  readonly name: string;
  readonly unique: number;
  readonly origin: string;
  readonly partial: number;
}

interface ColumnRow {
  readonly name: string;
  readonly notnull: number;
  readonly pk: number;
  readonly hidden: number;
}

/** The tables whose rows are synced. An FTS index over another table's content is not among them. */
export function describeTables(target: Target): TableDescription[] {
  return withDatabase(target, (db) =>
    tableNames(db).flatMap(({ name, virtual }) => {
      if (!virtual) return [describeTable(db, name)];
      const description = describeVirtual(db, name);
      return description === null ? [] : [description];
    }),
  );
}

function describeTable(db: Database.Database, name: string): TableDescription {
  const columns = pragma<ColumnRow>(db, "table_xinfo", name);
  const unique = pragma<IndexRow>(db, "index_list", name).filter((index) => index.unique === 1);
  const primary = unique.find((index) => index.origin === "pk");
  // SQLite makes no index for the one key that is the rowid itself.
  const rowid = primary === undefined ? columns.find((column) => column.pk > 0) : undefined;
  const chosen = primary ?? (rowid === undefined ? bestUnique(db, unique, columns) : undefined);
  const stored = columns.filter((column) => column.hidden === 0).map((column) => column.name);
  return {
    name,
    columns: stored,
    key:
      rowid === undefined ? keyColumnsOf(db, chosen) : [{ name: rowid.name, collation: "BINARY" }],
    generatedKey: rowid !== undefined,
    timestampColumn: timestampColumnOf(stored),
    constrained: unique.some((index) => index !== chosen) || isConstrained(db, name),
  };
}

/** DESIGN §5: over stored NOT NULL columns, whole; of several the shortest, then the first in the table. */
function bestUnique(
  db: Database.Database,
  unique: readonly IndexRow[],
  columns: readonly ColumnRow[],
): IndexRow | undefined {
  const place = (name: string | null): number =>
    columns.findIndex(
      (column) => column.name === name && column.notnull === 1 && column.hidden === 0,
    );
  const ranked = unique
    .filter((index) => index.partial === 0)
    .map((index) => ({ index, places: indexColumns(db, index).map(({ name }) => place(name)) }))
    .filter(({ places }) => places.every((at) => at >= 0))
    // Places below 100 columns, written so that text order is the order wanted.
    .map(({ index, places }) => ({
      index,
      rank: [places.length, ...places.toSorted((x, y) => x - y)].map((n) => n + 1000).join(),
    }));
  return ranked.toSorted((x, y) => (x.rank < y.rank ? -1 : 1))[0]?.index;
}

function keyColumnsOf(db: Database.Database, index: IndexRow | undefined): KeyColumn[] {
  if (index === undefined) return [];
  return indexColumns(db, index).flatMap(({ name, coll }) =>
    name === null ? [] : [{ name, collation: coll.toUpperCase() }],
  );
}

function indexColumns(
  db: Database.Database,
  index: IndexRow,
): { readonly name: string | null; readonly coll: string }[] {
  return pragma<{ name: string | null; coll: string; key: number }>(
    db,
    "index_xinfo",
    index.name,
  ).filter((part) => part.key === 1);
}

/** CHECK, references in either direction, a trigger that may refuse. Rather once too often. */
function isConstrained(db: Database.Database, name: string): boolean {
  const related = db
    .prepare(
      `SELECT 1 FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f
       WHERE s.type = 'table' AND (s.name = :name OR f."table" = :name COLLATE NOCASE)`,
    )
    .get({ name });
  const refusing = db
    .prepare(
      `SELECT 1 FROM sqlite_schema WHERE tbl_name = ? AND (
         (type = 'table' AND sql LIKE '%CHECK%') OR (type = 'trigger' AND sql LIKE '%RAISE%'))`,
    )
    .get(name);
  return related !== undefined || refusing !== undefined;
}

function describeVirtual(db: Database.Database, name: string): TableDescription | null {
  const sql = String(
    db.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").pluck(true).get(name),
  );
  if (/content\s*=/i.test(sql)) return null;
  const columns = pragma<ColumnRow>(db, "table_xinfo", name)
    .filter((column) => column.hidden !== 1)
    .map((column) => column.name);
  const isTree = /USING\s+rtree/i.test(sql);
  const content = isTree ? columns : ["rowid", ...columns];
  return {
    name,
    columns: content,
    key: [{ name: content[0] ?? "rowid", collation: "BINARY" }],
    generatedKey: true,
    timestampColumn: timestampColumnOf(columns),
    // An R-tree refuses a box whose minimum is above its maximum.
    constrained: isTree,
  };
}

function timestampColumnOf(columns: readonly string[]): string | null {
  for (const wanted of ["updated_at", "modified_at"]) {
    const found = columns.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** Rows of a pragma as its manual page lists them; the caller names the columns it reads. */
function pragma<T>(db: Database.Database, name: string, argument: string): T[] {
  return db.pragma(`${name}(${quoteText(argument)})`) as T[];
}
