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
  /** Of a WITHOUT ROWID table: where in a scanned key the value of each column of the table's key stands. */
  readonly keyPlaces: readonly number[];
}

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
    rootA: rootOf(db, "a", both.a.stored.name),
    rootB: rootOf(db, "b", both.b.stored.name),
  };
  const { keyIsRowid: rowidIsKey } = table;
  if (table.kind !== "without-rowid") {
    return { type: "pages", table: { ...roots, rowidIsKey, key: null }, keyPlaces: [] };
  }
  const parts = keyParts(db, both.a.stored);
  const keyPlaces = table.key.map(({ name }) => parts.findIndex((part) => part.name === name));
  const key = parts.map(({ collation, desc }) => ({
    collation: collation.toUpperCase(),
    isDescending: desc === 1,
  }));
  return { type: "pages", table: { ...roots, rowidIsKey, key }, keyPlaces };
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

function rootOf(db: Database.Database, side: "a" | "b", name: string): number {
  const rows = db
    .prepare<[], { name: string; rootpage: number }>(
      `SELECT name, rootpage FROM ${side}.sqlite_schema WHERE type = 'table'`,
    )
    .safeIntegers(false)
    .all();
  return rows.find((row) => isSameName(row.name, name))?.rootpage ?? 0;
}

interface KeyPartRow {
  readonly name: string;
  readonly desc: number;
  readonly collation: string;
}

/** The key of a WITHOUT ROWID table as its b-tree has it: a column may stand there twice, under two collations. */
function keyParts(db: Database.Database, { name }: Table): KeyPartRow[] {
  const index = indexRows(db, "a", name).find(({ origin }) => origin === "pk");
  return db
    .prepare<unknown[], KeyPartRow>(
      `SELECT name, "desc", coll AS collation FROM pragma_index_xinfo(?, 'a') WHERE key = 1 ORDER BY seqno`,
    )
    .safeIntegers(false)
    .all(index?.name ?? "");
}
