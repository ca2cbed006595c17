import type Database from "better-sqlite3";
import { quoteName } from "../identifier.ts";

/** A table as `sqlite_schema` and `PRAGMA table_list` describe it. */
export interface TableEntry {
  readonly name: string;
  readonly sql: string;
  readonly type: "table" | "virtual" | "shadow";
  readonly withoutRowid: boolean;
  readonly strict: boolean;
}

/** A row of `PRAGMA table_xinfo`. `hidden`: 1 of a virtual table, 2 generated virtual, 3 generated stored. */
export interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly isNotNull: number;
  /** 1-based place in the primary key; 0 outside it. */
  readonly pk: number;
  readonly hidden: number;
}

/** A row of `PRAGMA index_list` with the CREATE INDEX, which a constraint's index does not have. */
export interface IndexRow {
  readonly name: string;
  readonly isUnique: number;
  readonly isPartial: number;
  readonly origin: "c" | "u" | "pk";
  readonly sql: string | null;
}

/** A key part of an index; no name: an expression. */
export interface IndexPartRow {
  readonly name: string | null;
  readonly coll: string;
}

/** A column of a foreign key; rows of one `id` in the order of `seq`. */
export interface ForeignKeyRow {
  readonly id: number;
  readonly parent: string;
  readonly childColumn: string;
  /** `null`: the parent's primary key. */
  readonly parentColumn: string | null;
}

/** A trigger as stored. */
export interface TriggerRow {
  readonly name: string;
  readonly tableName: string;
  readonly sql: string;
}

/** `UTF-8`, `UTF-16le` or `UTF-16be`. */
export function encodingOf(db: Database.Database, schemaName: string): string {
  return String(db.pragma(`${quoteName(schemaName)}.encoding`, { simple: true }));
}

// Each statement switches BigInts off for itself: the connection may be set to give them, and these
// are small numbers. The row types above say what the statements select.

/** Every table that is not SQLite's own, in `sqlite_schema` order; views are not tables. */
export function tableEntries(db: Database.Database, schemaName: string): readonly TableEntry[] {
  const list = db
    .prepare<unknown[], { name: string; type: TableEntry["type"]; wr: number; strict: number }>(
      "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = ?",
    )
    .safeIntegers(false)
    .all(schemaName);
  const byName = new Map(list.map((row) => [row.name, row]));
  const stored = db
    .prepare<unknown[], { name: string; sql: string }>(
      `SELECT name, sql FROM ${quoteName(schemaName)}.sqlite_schema
       WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
    )
    .all();
  return stored.flatMap(({ name, sql }) => {
    const row = byName.get(name);
    if (row === undefined) return [];
    return [{ name, sql, type: row.type, withoutRowid: row.wr === 1, strict: row.strict === 1 }];
  });
}

/** The names of the views. */
export function viewNames(db: Database.Database, schemaName: string): readonly string[] {
  return db
    .prepare<unknown[], { name: string }>(
      `SELECT name FROM ${quoteName(schemaName)}.sqlite_schema WHERE type = 'view' ORDER BY rowid`,
    )
    .all()
    .map((row) => row.name);
}

/**
 * The columns of a table, hidden and generated ones too, in order.
 *
 * @throws SqliteError of a virtual table, whose module is missing or refuses its arguments
 */
export function columnRows(
  db: Database.Database,
  schemaName: string,
  table: string,
): readonly ColumnRow[] {
  return db
    .prepare<unknown[], ColumnRow>(
      `SELECT name, type, "notnull" AS isNotNull, pk, hidden
       FROM pragma_table_xinfo(?, ?) ORDER BY cid`,
    )
    .safeIntegers(false)
    .all(table, schemaName);
}

/** The indexes of a table, oldest first: those of the constraints, then the created ones. */
export function indexRows(
  db: Database.Database,
  schemaName: string,
  table: string,
): readonly IndexRow[] {
  return db
    .prepare<unknown[], IndexRow>(
      `SELECT list.name, list."unique" AS isUnique, list.partial AS isPartial, list.origin,
              CASE list.origin WHEN 'c' THEN
                (SELECT sql FROM ${quoteName(schemaName)}.sqlite_schema
                 WHERE type = 'index' AND name = list.name)
              END AS sql
       FROM pragma_index_list(?, ?) AS list ORDER BY list.seq DESC`,
    )
    .safeIntegers(false)
    .all(table, schemaName);
}

/** The parts of an index that make its key, in order; not the rowid or primary key appended to it. */
export function indexPartRows(
  db: Database.Database,
  schemaName: string,
  index: string,
): readonly IndexPartRow[] {
  return db
    .prepare<unknown[], IndexPartRow>(
      "SELECT name, coll FROM pragma_index_xinfo(?, ?) WHERE key = 1 ORDER BY seqno",
    )
    .all(index, schemaName);
}

/** The foreign keys of a table as declared, first one first: SQLite counts them from the last. */
export function foreignKeyRows(
  db: Database.Database,
  schemaName: string,
  table: string,
): readonly ForeignKeyRow[] {
  return db
    .prepare<unknown[], ForeignKeyRow>(
      `SELECT id, "table" AS parent, "from" AS childColumn, "to" AS parentColumn
       FROM pragma_foreign_key_list(?, ?) ORDER BY id DESC, seq`,
    )
    .safeIntegers(false)
    .all(table, schemaName);
}

/** Triggers on tables and views, in `sqlite_schema` order. */
export function triggerRows(db: Database.Database, schemaName: string): readonly TriggerRow[] {
  return db
    .prepare<unknown[], TriggerRow>(
      `SELECT name, tbl_name AS tableName, sql FROM ${quoteName(schemaName)}.sqlite_schema
       WHERE type = 'trigger' ORDER BY rowid`,
    )
    .all();
}

/** A row of `sqlite_schema` that a CREATE statement made. */
export interface ObjectRow {
  readonly type: "table" | "index" | "view" | "trigger";
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** Everything created by a statement, in `sqlite_schema` order; not what SQLite makes for itself. */
export function objectRows(db: Database.Database, schemaName: string): readonly ObjectRow[] {
  return db
    .prepare<unknown[], ObjectRow>(
      `SELECT type, name, tbl_name AS "table", sql FROM ${quoteName(schemaName)}.sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
    )
    .all();
}
