import type Database from "better-sqlite3";
import { foldName } from "../identifier.ts";
import { triggerWrites } from "./parse-trigger.ts";
import { triggerRows } from "./pragmas.ts";
import type { Trigger } from "./types.ts";

/** The triggers of a database, looked up by the table they sit on and by the table they write to. */
export interface Triggers {
  /** In `sqlite_schema` order. */
  on(table: string): readonly Trigger[];
  /** The tables whose triggers write to `table`, as named in `tables`; in order, each once. */
  feeding(table: string): readonly string[];
}

/**
 * Reads all triggers once. Those on views are not counted: writing rows to tables never fires them.
 *
 * @param tables names of the tables, as spelled in `sqlite_schema`
 */
export function readTriggers(
  db: Database.Database,
  schemaName: string,
  tables: readonly string[],
): Triggers {
  const spelled = new Map(tables.map((name) => [foldName(name), name]));
  const onTable = new Map<string, Trigger[]>();
  const feeders = new Map<string, string[]>();
  for (const row of triggerRows(db, schemaName)) {
    const table = spelled.get(foldName(row.tableName));
    if (table === undefined) continue;
    const trigger = { name: row.name, sql: row.sql, writes: triggerWrites(row.sql) };
    append(onTable, foldName(table), trigger);
    for (const target of trigger.writes) append(feeders, foldName(target), table);
  }
  return {
    on: (table) => onTable.get(foldName(table)) ?? [],
    feeding: (table) => [...new Set(feeders.get(foldName(table)))],
  };
}

function append<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
