import type Database from "better-sqlite3";
import { foldName } from "../identifier.ts";
import { encodingOf, tableEntries, viewNames } from "./pragmas.ts";
import type { TableEntry } from "./pragmas.ts";
import { readTable } from "./read-table.ts";
import type { SchemaReader } from "./read-table.ts";
import { readTriggers } from "./read-triggers.ts";
import { readVirtual } from "./read-virtual.ts";
import type { DerivedTable, LeftOut, Schema, Table } from "./types.ts";

/**
 * Reads what syncing needs to know of one attached database. Only reads; also works on a read-only
 * connection, and inside a transaction.
 *
 * @param schemaName the name it is attached under (`a`), or `main`
 * @throws SqliteError where the file cannot be read: locked, damaged, or a view that names `main.t`
 */
export function readSchema(db: Database.Database, schemaName: string): Schema {
  const entries = tableEntries(db, schemaName);
  const tableNames = entries.map((entry) => entry.name);
  const reader: SchemaReader = {
    db,
    schemaName,
    tableNames,
    contentNames: [...tableNames, ...viewNames(db, schemaName)],
    triggers: readTriggers(db, schemaName, tableNames),
  };
  const tables = new Map<TableEntry, Table>();
  const derived: DerivedTable[] = [];
  const leftOut: LeftOut[] = [];
  const missing: TableEntry[] = [];
  for (const entry of entries) {
    if (entry.type === "table") tables.set(entry, readTable(reader, entry));
    if (entry.type !== "virtual") continue;
    const reading = readVirtual(reader, entry);
    if (reading.type === "table") tables.set(entry, reading.table);
    if (reading.type === "derived") derived.push(reading.derived);
    if (reading.type !== "left-out") continue;
    leftOut.push(reading.leftOut);
    if (reading.isModuleMissing) missing.push(entry);
  }
  for (const [entry, owner] of possibleShadows([...tables.keys()], missing)) {
    tables.delete(entry);
    leftOut.push(shadowLeftOut(entry, owner));
  }
  return { encoding: encodingOf(db, schemaName), tables: [...tables.values()], derived, leftOut };
}

/**
 * Tables that may be the storage of a virtual table whose module is missing: only the module can tell
 * which of the tables named `owner_…` are its own, and writing single rows there would ruin it.
 */
function possibleShadows(
  entries: readonly TableEntry[],
  missing: readonly TableEntry[],
): readonly (readonly [TableEntry, TableEntry])[] {
  return entries.flatMap((entry) => {
    const owner = missing.find(({ name }) => foldName(entry.name).startsWith(`${foldName(name)}_`));
    return owner === undefined ? [] : [[entry, owner] as const];
  });
}

function shadowLeftOut(entry: TableEntry, owner: TableEntry): LeftOut {
  return {
    table: entry.name,
    reason: `it may belong to the virtual table ${owner.name}, whose module is not here`,
    severity: "unsupported",
  };
}
