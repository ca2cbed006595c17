import type Database from "better-sqlite3";
import { keyList } from "../sqlite/expressions.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, columnDefinitions, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import {
  SIGNATURE_PART_TABLE,
  dropSignatures,
  keepSignature,
  rememberedSignature,
} from "./signature-parts.ts";
import type { Remembered } from "./signature-parts.ts";

/**
 * What the pages of both sides looked like when a table's base was last brought up to date. Every row of either
 * side was then as the base has it, but for the unsettled ones.
 */
export interface KnownPages {
  readonly a: Remembered;
  readonly b: Remembered;
  /** The table with the keys of unsettled rows; `null` where none were left. */
  readonly unsettled: string | null;
  /** No row without a key was left unsettled. */
  readonly isBagSettled: boolean;
  /** No row of either side had NULL in its key. */
  readonly isWithoutNull: boolean;
  /** Each side had then as many rows as the base, but for unsettled ones. */
  readonly areCounted: boolean;
}

/** What is known of a table, as bits of one number. */
const FACT = { bagSettled: 1, counted: 2, withoutNull: 4 } as const;

/** Which signatures there are, `a` and `b` are their lengths in bytes; see `sign-tree.ts` for what they hold. */
export const SIGNATURE_TABLE: string = `
  CREATE TABLE IF NOT EXISTS state.sync_signature (
    tbl TEXT PRIMARY KEY COLLATE NOCASE, about TEXT NOT NULL, bag_settled INTEGER NOT NULL,
    a INTEGER, b INTEGER);${SIGNATURE_PART_TABLE}`;

/** Rows of the plan that took effect; all others differ from the base still. */
const SETTLED = `${C.outcome} IN ('copy', 'agree', 'merge', 'resolve', 'rekey')`;

/**
 * @param about - what the pages' bytes mean: of another table, or after another definition, they say nothing
 * @returns `null` where nothing is known
 */
export function readKnownPages(
  db: Database.Database,
  table: Table,
  about: string,
): KnownPages | null {
  // A look at a pair that was never synced has no state.
  const hasState = db.prepare("SELECT 1 FROM pragma_database_list WHERE name = 'state'").get();
  if (hasState === undefined || !hasTable(db, "sync_signature")) return null;
  const row = db
    .prepare("SELECT a, b, bag_settled FROM state.sync_signature WHERE tbl = ? AND about = ?")
    .safeIntegers(false)
    .get(table.name, about) as
    | { readonly a: unknown; readonly b: unknown; readonly bag_settled: number }
    | undefined;
  // An older version kept the signatures themselves here.
  if (typeof row?.a !== "number" || typeof row.b !== "number") return null;
  const unsettled = unsettledTable(table.name);
  return {
    a: rememberedSignature(db, { table: table.name, side: "a" }, row.a),
    b: rememberedSignature(db, { table: table.name, side: "b" }, row.b),
    unsettled: hasTable(db, `unsettled:${table.name}`) ? unsettled : null,
    isBagSettled: (row.bag_settled & FACT.bagSettled) !== 0,
    isWithoutNull: (row.bag_settled & FACT.withoutNull) !== 0,
    areCounted: (row.bag_settled & FACT.counted) !== 0,
  };
}

/** Whoever changes a table's base calls this in the same transaction: what the pages say is about the old one. */
export function forgetPages(db: Database.Database, table: string): void {
  // A state that an older version made knows of no pages.
  if (!hasTable(db, "sync_signature")) return;
  db.prepare("UPDATE state.sync_signature SET a = NULL, b = NULL WHERE tbl = ?").run(table);
  if (hasTable(db, "sync_signature_part")) dropSignatures(db, table);
}

/** Notes which rows the plan leaves otherwise than the base has them. In the transaction that settles the plan. */
export function noteUnsettled(
  db: Database.Database,
  shape: Shape,
  { about, isWithoutNull }: { readonly about: string; readonly isWithoutNull: boolean },
): void {
  const { table, work } = shape;
  const unsettled = unsettledTable(table.name);
  db.exec(`DROP TABLE IF EXISTS ${unsettled}`);
  const bagSettled = isBag(shape) && has(db, work.planBag) ? 0 : FACT.bagSettled;
  db.prepare(
    "INSERT OR REPLACE INTO state.sync_signature (tbl, about, bag_settled, a, b) VALUES (?, ?, ?, NULL, NULL)",
  ).run(table.name, about, bagSettled | (isWithoutNull ? FACT.withoutNull : 0));
  dropSignatures(db, table.name);
  if (!isKeyed(shape) || !has(db, work.plan)) return;
  const columns = table.columns.filter(({ name }) => table.key.some((part) => part.name === name));
  db.exec(`CREATE TABLE ${unsettled} (${columnDefinitions({ ...table, columns })});
    INSERT INTO ${unsettled} (${keyList(table)}) SELECT ${keyList(table)} FROM ${work.plan} WHERE NOT ${SETTLED}`);
}

/** Notes what the pages look like now, once {@link noteUnsettled} has said what they do not tell. */
export function notePages(
  db: Database.Database,
  table: string,
  { a, b, areCounted }: Record<"a" | "b", Uint8Array> & Pick<KnownPages, "areCounted">,
): void {
  dropSignatures(db, table);
  for (const [side, signature] of [
    ["a", a],
    ["b", b],
  ] as const)
    keepSignature(db, { table, side }, signature);
  db.prepare(
    "UPDATE state.sync_signature SET a = ?, b = ?, bag_settled = (bag_settled & ?) | ? WHERE tbl = ?",
  ).run(
    a.byteLength,
    b.byteLength,
    FACT.bagSettled | FACT.withoutNull,
    areCounted ? FACT.counted : 0,
    table,
  );
}

function has(db: Database.Database, plan: string): boolean {
  return db.prepare(`SELECT 1 FROM ${plan} WHERE NOT ${SETTLED} LIMIT 1`).get() !== undefined;
}

function hasTable(db: Database.Database, name: string): boolean {
  const sql = "SELECT 1 FROM state.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE";
  return db.prepare(sql).get(name) !== undefined;
}

function unsettledTable(table: string): string {
  return workTable("state", "unsettled", table);
}
