import type Database from "better-sqlite3";
import { quoteName } from "../identifier.ts";
import type { BothTables } from "../projection/views.ts";
import type { Table } from "../schema/types.ts";
import { columnDefinitions, keyDefinition, workTable } from "../shape.ts";

/** A table of two attached databases and where its differences are noted, as SQL names ready to use. */
export interface Compared {
  /** As side `a` defines it; side `b` has the same columns, perhaps in another order. */
  readonly table: Table;
  readonly a: string;
  readonly b: string;
  /** The stored tables behind them. */
  readonly both: BothTables;
  /** Temporary: one row per differing key, with {@link NOTED}. */
  readonly keys: string;
  /** Temporary: one row per content of a bag whose counts differ. */
  readonly bag: string;
  /** The column of `keys` by which a single row of it is found again. */
  readonly handle: string;
}

/** Columns beside the key's own; the colon keeps them apart from any sane column name. */
export const NOTED = {
  n: '"⟨sync⟩ n"',
  /** `-` only in a, `+` only in b, `~` changed. */
  how: '"⟨sync⟩ how"',
  /** 1: the row must go before it comes back, since a unique value of it changes. */
  replaced: '"⟨sync⟩ replaced"',
  /** The rowid under which a row of b shall be added, where the rowid is not the key; NULL: any. */
  place: '"⟨sync⟩ place"',
  /** In a bag: how often the content stands on each side, less the same number on both. */
  countA: '"⟨sync⟩ count_a"',
  countB: '"⟨sync⟩ count_b"',
  /** In a bag: the largest of these rows' rowids on each side. */
  rowidA: '"⟨sync⟩ rowid_a"',
  rowidB: '"⟨sync⟩ rowid_b"',
} as const;

/** The table as seen on both sides; notes stand in `temp`, so that no file is written. */
export function comparedTable(table: Table, both: BothTables): Compared {
  const key = table.key[0]?.name;
  return {
    table,
    a: both.a.rows,
    b: both.b.rows,
    both,
    keys: workTable("temp", "keys", table.name),
    bag: workTable("temp", "bag", table.name),
    handle: table.keyIsRowid && key !== undefined ? quoteName(key) : NOTED.n,
  };
}

/** The table has rows that are told apart by a key. */
export function hasKey({ table }: Compared): boolean {
  return table.key.length > 0;
}

/** The table has rows that are compared by content and count: all, or those with NULL in the key. */
export function hasBag({ table }: Compared): boolean {
  return table.key.length === 0 || table.nullableKey;
}

/** Makes the empty temporary tables for a table's differences. */
export function createNotes(db: Database.Database, compared: Compared): void {
  if (hasKey(compared)) db.exec(keysTable(compared));
  if (hasBag(compared)) db.exec(bagTable(compared));
}

/** Keys have the affinities and collations of the originals, or no index would be used (SQLITE_NOTES 15). */
function keysTable({ table, keys, handle }: Compared): string {
  const columns = table.columns.filter(({ name }) => table.key.some((part) => part.name === name));
  const rest = `${NOTED.how} TEXT, ${NOTED.replaced} INTEGER DEFAULT 0, ${NOTED.place} INTEGER`;
  if (table.keyIsRowid) return `CREATE TABLE ${keys} (${handle} INTEGER PRIMARY KEY, ${rest})`;
  return `CREATE TABLE ${keys} (${NOTED.n} INTEGER PRIMARY KEY, ${columnDefinitions({ ...table, columns })},
    ${rest}, UNIQUE (${keyDefinition(table)}))`;
}

function bagTable({ table, bag }: Compared): string {
  return `CREATE TABLE ${bag} (${NOTED.n} INTEGER PRIMARY KEY, ${columnDefinitions(table)},
    ${NOTED.countA} INTEGER, ${NOTED.countB} INTEGER,
    ${NOTED.rowidA} INTEGER UNIQUE, ${NOTED.rowidB} INTEGER, ${NOTED.place} INTEGER)`;
}
