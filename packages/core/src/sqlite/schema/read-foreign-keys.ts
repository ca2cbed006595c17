import type Database from "better-sqlite3";
import { isSameName } from "../identifier.ts";
import { columnRows, foreignKeyRows } from "./pragmas.ts";
import type { ColumnRow, ForeignKeyRow } from "./pragmas.ts";
import type { ForeignKey } from "./types.ts";

/** The foreign keys of a table, in the order in which it declares them, with parents resolved. */
export function readForeignKeys(
  db: Database.Database,
  schemaName: string,
  table: string,
  tables: readonly string[],
): readonly ForeignKey[] {
  const byId = new Map<number, ForeignKeyRow[]>();
  for (const row of foreignKeyRows(db, schemaName, table)) {
    const group = byId.get(row.id);
    if (group === undefined) byId.set(row.id, [row]);
    else group.push(row);
  }
  return [...byId.values()].map((rows) => {
    const written = rows[0]?.parent ?? "";
    const parent = tables.find((name) => isSameName(name, written));
    const columns = parent === undefined ? [] : columnRows(db, schemaName, parent);
    return {
      columns: rows.map((row) => row.childColumn),
      parentTable: parent ?? written,
      parentColumns: parentColumnsOf(rows, columns),
    };
  });
}

function parentColumnsOf(
  rows: readonly ForeignKeyRow[],
  columns: readonly ColumnRow[],
): readonly string[] {
  const written = rows.flatMap((row) => row.parentColumn ?? []);
  if (written.length > 0)
    return written.map(
      (name) => columns.find((column) => isSameName(column.name, name))?.name ?? name,
    );
  return columns
    .filter((column) => column.pk > 0)
    .toSorted((one, other) => one.pk - other.pk)
    .map((column) => column.name);
}
