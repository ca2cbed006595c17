import Database from "better-sqlite3";
import { quoteName } from "../quote.ts";
import { canonicalValue } from "./canonical.ts";
import type { CanonicalValue, RawValue } from "./canonical.ts";

/** One row by column name, e.g. `{ id: "integer 7", name: "text 'Ada'" }`. */
export type CanonicalRow = Readonly<Record<string, CanonicalValue>>;

/** Every user table by name, its rows sorted by content, so that two dumps compare with `toEqual`. */
export type DatabaseDump = Readonly<Record<string, readonly CanonicalRow[]>>;

/** A database file, or an open connection to one. */
export type Target = string | Database.Database;

/**
 * The exact content of every user table. Generated columns are in it, and virtual tables (FTS5,
 * R-tree) with their rowid as a column `rowid`; shadow tables, views and `sqlite_…` are not, nor
 * rowids of tables whose key is not the rowid.
 *
 * A path is opened read-only and closed again.
 */
export function dumpDatabase(target: Target): DatabaseDump {
  return withDatabase(target, (db) =>
    Object.fromEntries(tableNames(db).map((table) => [table.name, dumpTable(db, table)])),
  );
}

/** Runs `use` on the connection, or on one opened read-only for a path. */
export function withDatabase<T>(target: Target, use: (db: Database.Database) => T): T {
  if (typeof target !== "string") return use(target);
  const db = new Database(target, { readonly: true, fileMustExist: true });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** A table that a user made. */
export interface UserTable {
  readonly name: string;
  readonly virtual: boolean;
}

/** The user's tables by name; no views, no shadow tables. */
export function tableNames(db: Database.Database): UserTable[] {
  // pragma_table_list returns these columns (SQLite manual).
  const rows = db
    .prepare(
      `SELECT name, type FROM pragma_table_list
       WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name`,
    )
    .all() as { name: string; type: string }[];
  return rows.map((row) => ({ name: row.name, virtual: row.type === "virtual" }));
}

/** The exact content of one table, sorted. */
export function dumpTable(db: Database.Database, table: UserTable): CanonicalRow[] {
  const columns = table.virtual ? ["rowid", ...columnNames(db, table)] : columnNames(db, table);
  const reads = columns.map(quoteName).flatMap((name) => [
    `typeof(${name})`,
    // Bytes rather than text: text with NUL or invalid UTF-8 does not survive a JavaScript string.
    `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  ]);
  // Raw rows alternate between what the two expressions above return.
  const rows = db
    .prepare(`SELECT ${reads.join(", ")} FROM ${quoteName(table.name)}`)
    .safeIntegers(true)
    .raw(true)
    .all() as RawValue[][];
  return sortedByContent(rows.map((row) => canonicalRow(columns, row)));
}

function canonicalRow(columns: readonly string[], row: readonly RawValue[]): CanonicalRow {
  return Object.fromEntries(
    columns.map((name, index) => [
      name,
      canonicalValue(String(row[2 * index]), row[2 * index + 1] ?? null),
    ]),
  );
}

function columnNames(db: Database.Database, table: UserTable): string[] {
  // hidden = 1 is a virtual table's own column (rank, the table's name), 2 and 3 are generated.
  return db
    .prepare("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid")
    .pluck(true)
    .all(table.name) as string[];
}

function sortedByContent(rows: readonly CanonicalRow[]): CanonicalRow[] {
  return rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .toSorted((x, y) => (x.text < y.text ? -1 : Number(x.text > y.text)))
    .map(({ row }) => row);
}
