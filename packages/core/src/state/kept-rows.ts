import type Database from "better-sqlite3";
import type { Row } from "@sync/model";
import { readRows } from "../sqlite/rows.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import { readOwnJson } from "./own-json.ts";
import { isKnownShape } from "./migrate.ts";

/** Reads the images of conflicts with nothing but the state: neither side needs to have the table still. */
export interface KeptRows {
  /** One image of a conflict's row; `null` where there was no row. */
  image(owner: number, letter: string): Row | null;
  /** What identifies the row: its key, or all of it where it has none. */
  keyOf(row: Row): Row;
  readonly columns: readonly string[];
}

/** @returns `null` where the state has never seen the table */
export function readKept(db: Database.Database, table: string): KeptRows | null {
  const known = db.prepare("SELECT name, shape FROM state.sync_table WHERE name = ?").get(table) as
    | { readonly name: string; readonly shape: string }
    | undefined;
  if (known === undefined) return null;
  const shape = readOwnJson(known.shape, isKnownShape);
  const columns = shape.columns.map(([name]) => name);
  const key = shape.key.map(([name]) => name);
  const from = `FROM ${workTable("state", "kept", known.name)} AS k WHERE k.${C.owner} = ? AND k.${C.image} = ?`;
  return {
    columns,
    image: (owner, letter) => {
      const rows = readRows(db, { columns, alias: "k", from, values: [owner, letter] });
      for (const row of rows) return row;
      return null;
    },
    keyOf: (row) => {
      const values = key.map((name) => [name, row[name] ?? null] as const);
      const isBag = key.length === 0 || values.some(([, value]) => value === null);
      return isBag ? row : Object.fromEntries(values);
    },
  };
}
