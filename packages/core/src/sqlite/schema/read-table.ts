import type Database from "better-sqlite3";
import { foldName, isSameName } from "../identifier.ts";
import { affinityOf, mixedClassesOf } from "./affinity.ts";
import { parseTable } from "./parse-table.ts";
import type { TableText } from "./parse-table.ts";
import { columnRows } from "./pragmas.ts";
import type { ColumnRow, TableEntry } from "./pragmas.ts";
import { readForeignKeys } from "./read-foreign-keys.ts";
import { readIndexes } from "./read-indexes.ts";
import type { Triggers } from "./read-triggers.ts";
import type { Column, GeneratedColumn, Table } from "./types.ts";

/** What the readers of single tables share: the connection, and what is known of the whole database. */
export interface SchemaReader {
  readonly db: Database.Database;
  readonly schemaName: string;
  /** All tables, as spelled in `sqlite_schema`. */
  readonly tableNames: readonly string[];
  /** What an index with external content can name: the tables and the views. */
  readonly contentNames: readonly string[];
  readonly triggers: Triggers;
}

/** Reads an ordinary or WITHOUT ROWID table. */
export function readTable(
  { db, schemaName, tableNames, triggers }: SchemaReader,
  entry: TableEntry,
): Table {
  const rows = columnRows(db, schemaName, entry.name);
  const text = parseTable(entry.sql);
  const { key, keyIsRowid, nullableKey, uniqueIndexes } = readIndexes(
    db,
    schemaName,
    entry.name,
    rows,
  );
  const rowidColumn = keyIsRowid ? key[0]?.name : undefined;
  return {
    name: entry.name,
    kind: entry.withoutRowid ? "without-rowid" : "ordinary",
    strict: entry.strict,
    autoincrement: text.autoincrement,
    columns: rows
      .filter((row) => row.hidden === 0)
      .map((row) => column(row, entry, text, row.name === rowidColumn)),
    generated: rows
      .filter((row) => row.hidden !== 0)
      .map((row) => generatedColumn(row, entry, text)),
    checks: text.checks,
    key,
    keyIsRowid,
    nullableKey,
    rowidName: entry.withoutRowid || keyIsRowid ? null : freeRowidName(rows),
    uniqueIndexes,
    foreignKeys: readForeignKeys(db, schemaName, entry.name, tableNames),
    triggers: triggers.on(entry.name),
    conflictClause: text.conflictClauses.length > 0,
    conflictClauses: text.conflictClauses,
    sql: entry.sql,
  };
}

function column(row: ColumnRow, entry: TableEntry, text: TableText, isRowid: boolean): Column {
  const affinity = affinityOf(row.type, entry.strict);
  const written = text.columns.get(foldName(row.name));
  return {
    name: row.name,
    affinity,
    collation: written?.collation ?? "BINARY",
    notNull: row.isNotNull === 1,
    definition: written?.definition ?? "",
    mixedClasses: isRowid ? "never" : mixedClassesOf(affinity, row.type, entry.strict),
  };
}

function generatedColumn(row: ColumnRow, entry: TableEntry, text: TableText): GeneratedColumn {
  const written = text.columns.get(foldName(row.name));
  return {
    name: row.name,
    affinity: affinityOf(row.type, entry.strict),
    expression: written?.generatedAs ?? "",
    definition: written?.definition ?? "",
  };
}

/** A column, generated ones included, hides the rowid's name that it carries. */
function freeRowidName(rows: readonly ColumnRow[]): string | null {
  const names = ["rowid", "_rowid_", "oid"];
  return names.find((name) => !rows.some((row) => isSameName(row.name, name))) ?? null;
}
