import type Database from "better-sqlite3";
import type { Row, SqlValue } from "@sync/model";
import { qualified } from "./expressions.ts";
import type { Table } from "./schema/types.ts";

/** Which rows to read: columns of `alias` in a FROM clause, and what to bind in it. */
export interface RowQuery {
  readonly columns: readonly string[];
  readonly alias: string;
  /** From the word FROM on. */
  readonly from: string;
  readonly values?: readonly unknown[];
}

/** Reads rows as values for people and policies, 64-bit integers as bigint; columns by position, so any name works. */
export function readRows(db: Database.Database, query: RowQuery): Iterable<Row> {
  const { columns, alias, from, values = [] } = query;
  const list = columns.map((column) => qualified(column, alias)).join(", ");
  const statement = db.prepare(`SELECT ${list} ${from}`).safeIntegers().raw();
  return mapRows(statement.iterate(...values) as Iterable<SqlValue[]>, columns);
}

/** The names of a table's synced columns, in order. */
export function columnNames(table: Table): string[] {
  return table.columns.map((column) => column.name);
}

/** The key of a row: its key columns, or all of it for a bag. */
export function keyOf(table: Table, row: Row): Row {
  if (table.key.length === 0) return row;
  return Object.fromEntries(table.key.map(({ name }) => [name, row[name] ?? null]));
}

/** A row object from values in column order. Built without a prototype's names getting in the way. */
export function rowFrom(columns: readonly string[], values: readonly SqlValue[]): Row {
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null]));
}

function* mapRows(rows: Iterable<SqlValue[]>, columns: readonly string[]): Generator<Row> {
  for (const values of rows) yield rowFrom(columns, values);
}
