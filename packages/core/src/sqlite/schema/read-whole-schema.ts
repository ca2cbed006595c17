import type Database from "better-sqlite3";
import { foldName, quoteName } from "../identifier.ts";
import { objectRows, tableEntries } from "./pragmas.ts";
import type { ObjectRow } from "./pragmas.ts";
import { readSchema } from "./read-schema.ts";
import type { Schema } from "./types.ts";

/** Something that a CREATE statement made; not what SQLite or a module made for itself. */
export interface SchemaObject {
  readonly type: "table" | "virtual-table" | "index" | "view" | "trigger";
  readonly name: string;
  /** The table, or view, that an index or a trigger is on; else its own name. */
  readonly table: string;
  /** As stored. */
  readonly sql: string;
}

/** One database's schema with all that has no part in a sync: what `dbsync schema` compares. */
export interface WholeSchema {
  readonly schema: Schema;
  /** In `sqlite_schema` order. */
  readonly objects: readonly SchemaObject[];
  /** The tables that have rows, folded: SQLite adds fewer columns to those. */
  readonly filled: ReadonlySet<string>;
}

/** Reads everything; as {@link readSchema}, it only reads. */
export function readWholeSchema(db: Database.Database, schemaName: string): WholeSchema {
  const schema = readSchema(db, schemaName);
  const entries = tableEntries(db, schemaName);
  const typeOfTable = new Map(entries.map(({ name, type }) => [foldName(name), type]));
  const isShadow = ({ table }: ObjectRow): boolean => typeOfTable.get(foldName(table)) === "shadow";
  const typeOf = ({ type, name }: ObjectRow): SchemaObject["type"] =>
    type === "table" && typeOfTable.get(foldName(name)) === "virtual" ? "virtual-table" : type;
  const objects = objectRows(db, schemaName)
    .filter((row) => !isShadow(row))
    .map((row) => ({ type: typeOf(row), name: row.name, table: row.table, sql: row.sql }));
  const filled = schema.tables
    .filter(({ kind }) => kind !== "virtual")
    .filter(({ name }) => hasRows(db, schemaName, name))
    .map(({ name }) => foldName(name));
  return { schema, objects, filled: new Set(filled) };
}

function hasRows(db: Database.Database, schemaName: string, table: string): boolean {
  const statement = `SELECT 1 FROM ${quoteName(schemaName)}.${quoteName(table)} LIMIT 1`;
  return db.prepare(statement).get() !== undefined;
}
