import type Database from "better-sqlite3";
import { isSameName } from "../identifier.ts";
import type { ScannedTable } from "../pages/scan-request.ts";
import { indexRows } from "../schema/pragmas.ts";
import type { BothTables } from "../projection/views.ts";
import { tokenize } from "../schema/tokenizer.ts";
import type { Compared } from "./compared.ts";
import type { Schema, Table } from "../schema/types.ts";

/** How the pages of a table are to be read, or why they cannot tell what differs. */
export type TableScan = PagesScan | { readonly type: "not-known"; readonly reason: string };

export interface PagesScan {
  readonly type: "pages";
  readonly table: ScannedTable;
  /** Where the pages have the table's keys in the order in which the base has them. */
  readonly keyOrder: KeyOrder;
  /** Of a WITHOUT ROWID table: where in a scanned key the value of each column of the table's key stands. */
  readonly keyPlaces: readonly number[];
}

/** `own`: the table's own tree; `index`: that of its key's index, by its root pages. `none`: ranges of keys say nothing. */
export type KeyOrder =
  | { readonly type: "own" | "none" }
  | { readonly type: "index"; readonly rootA: number; readonly rootB: number };

/** The schemas of both sides, read in the transactions in which rows are compared. */
export interface BothSchemas {
  readonly a: Schema;
  readonly b: Schema;
}

/**
 * Decides whether equal bytes on a table's pages mean equal rows: only if both sides have the table's
 * definition word for word. Otherwise the same bytes can be other columns, or a column that was added to
 * older rows has another default (SQLITE_NOTES 23).
 */
export function planTableScan(
  db: Database.Database,
  { table, both }: Compared,
  schemas: BothSchemas,
): TableScan {
  const reason = reasonAgainst(both, schemas.a);
  if (reason !== null) return { type: "not-known", reason };
  const roots = {
    rootA: rootOf(db, "a", "table", both.a.stored.name),
    rootB: rootOf(db, "b", "table", both.b.stored.name),
  };
  const { keyIsRowid: rowidIsKey } = table;
  if (table.kind !== "without-rowid") {
    const keyOrder = keyIndexOf(db, both, schemas);
    return { type: "pages", table: { ...roots, rowidIsKey, key: null }, keyOrder, keyPlaces: [] };
  }
  const parts = keyParts(db, "a", primaryIndex(db, both.a.stored));
  const keyPlaces = table.key.map(({ name }) => parts.findIndex((part) => part.name === name));
  const key = parts.map(({ collation, desc }) => ({
    collation: collation.toUpperCase(),
    isDescending: desc === 1,
  }));
  const keyOrder = { type: isKeyInOrder(table, parts) ? "own" : "none" } as const;
  return { type: "pages", table: { ...roots, rowidIsKey, key }, keyOrder, keyPlaces };
}

/** The index that makes a rowid table's key, on both sides. */
function keyIndexOf(db: Database.Database, both: BothTables, schemas: BothSchemas): KeyOrder {
  const none = { type: "none" } as const;
  if (both.a.stored.keyIsRowid || schemas.a.encoding !== "UTF-8") return none;
  const [rootA, rootB] = [keyRootOf(db, "a", both.a.stored), keyRootOf(db, "b", both.b.stored)];
  return rootA === null || rootB === null ? none : { type: "index", rootA, rootB };
}

function keyRootOf(db: Database.Database, side: "a" | "b", table: Table): number | null {
  if (table.key.length === 0) return null;
  const index = indexRows(db, side, table.name).find(
    ({ name, isUnique, isPartial }) =>
      isUnique === 1 && isPartial === 0 && isKeyInOrder(table, keyParts(db, side, name)),
  );
  return index === undefined ? null : rootOf(db, side, "index", index.name);
}

/** The index has the parts of the key and no others, in the order in which the base sorts them. */
function isKeyInOrder({ key }: Table, parts: readonly KeyPartRow[]): boolean {
  const isAlike = (part: KeyPartRow | undefined, place: number): boolean =>
    part?.desc === 0 &&
    part.name === key[place]?.name &&
    part.collation.toUpperCase() === key[place].collation;
  return parts.length === key.length && parts.every(isAlike);
}

function reasonAgainst({ a: sideA, b: sideB }: BothTables, { encoding }: Schema): string | null {
  if (sideA.rows !== sideA.target || sideB.rows !== sideB.target) return "it is mapped or filtered";
  const [a, b] = [sideA.stored, sideB.stored];
  if (a.kind === "virtual") return "it is a virtual table";
  if (wordsOf(a) !== wordsOf(b)) return "it is not defined word for word alike";
  if (a.kind === "without-rowid") {
    return encoding === "UTF-8" ? null : `its keys are in ${encoding}`;
  }
  const isReached = a.keyIsRowid || a.rowidName !== null;
  return isReached ? null : "its rowids cannot be reached";
}

/** Without comments and line breaks. Not in one case: `DEFAULT Abc` means the text "Abc". */
export function wordsOf({ sql }: Table): string {
  return tokenize(sql)
    .map(({ text }) => text)
    .join(" ");
}

function rootOf(
  db: Database.Database,
  side: "a" | "b",
  type: "table" | "index",
  name: string,
): number {
  const rows = db
    .prepare<unknown[], { name: string; rootpage: number }>(
      `SELECT name, rootpage FROM ${side}.sqlite_schema WHERE type = ?`,
    )
    .safeIntegers(false)
    .all(type);
  return rows.find((row) => isSameName(row.name, name))?.rootpage ?? 0;
}

interface KeyPartRow {
  readonly name: string;
  readonly desc: number;
  readonly collation: string;
}

/** The key of a WITHOUT ROWID table as its b-tree has it: a column may stand there twice, under two collations. */
function primaryIndex(db: Database.Database, { name }: Table): string {
  return indexRows(db, "a", name).find(({ origin }) => origin === "pk")?.name ?? "";
}

function keyParts(db: Database.Database, side: "a" | "b", index: string): KeyPartRow[] {
  return db
    .prepare<unknown[], KeyPartRow>(
      `SELECT name, "desc", coll AS collation FROM pragma_index_xinfo(?, ?) WHERE key = 1 ORDER BY seqno`,
    )
    .safeIntegers(false)
    .all(index, side);
}
