import type Database from "better-sqlite3";
import { foldName, isSameName, quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { nameState, noteEvidenceLost } from "./epoch.ts";
import { FORMAT, refuseOtherFormat } from "./format.ts";
import { mappingText, meansTheSame } from "./mapping.ts";
import type { DriftedColumn, SeenPair } from "../sqlite/projection/projection.ts";
import { bothTables } from "../sqlite/projection/views.ts";
import { CONTROL, SIDES, workTable } from "../sqlite/shape.ts";
import type { Side } from "@sync/model";
import {
  addMissingColumns,
  canMigrate,
  isKnownShape,
  migrateBase,
  migrateForLook,
  shapeOf,
} from "./migrate.ts";
import type { KnownShape } from "./migrate.ts";
import type { OldBase } from "./new-column.ts";
import { readOwnJson } from "./own-json.ts";
import { PAGE_HASH_TABLE } from "./page-hashes.ts";
import { SIGNATURE_TABLE, forgetPages } from "./signatures.ts";
import { unfinishedRuns } from "./runs.ts";
import { addMissingStateColumns, hasStateColumn } from "./upgrade.ts";
import { baseKinds, createBase, createKept, createRunTables, createWritten } from "./tables.ts";

/**
 * Tables that every state has. `sync_conflict` is the record of every conflict: `parked` ones are the
 * inbox. `sync_ledger` names the images in `kept:<table>` that lost. `sync_run` has one row per run
 * that planned writes; `planned` without `done` is an interrupted run.
 */
const META_TABLES = `
  CREATE TABLE IF NOT EXISTS state.sync_meta (name TEXT PRIMARY KEY, value);
  CREATE TABLE IF NOT EXISTS state.sync_table (
    name TEXT PRIMARY KEY COLLATE NOCASE, shape TEXT NOT NULL, has_base INTEGER NOT NULL, mapping TEXT, drift TEXT);
  CREATE TABLE IF NOT EXISTS state.sync_run (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, policy TEXT NOT NULL, policy_version TEXT,
    started_ms INTEGER NOT NULL, marked INTEGER NOT NULL DEFAULT 0, tables TEXT NOT NULL,
    cookie_a INTEGER, cookie_a_after INTEGER, cookie_b INTEGER, cookie_b_after INTEGER,
    limited INTEGER NOT NULL DEFAULT 0);${SIGNATURE_TABLE}${PAGE_HASH_TABLE}`;

/** Makes the state's own tables where they are missing, and refuses a state of a newer format. */
export function prepareState(db: Database.Database): void {
  db.exec(META_TABLES);
  createRunTables(db, "state");
  refuseOtherFormat(db);
  addMissingStateColumns(db);
  db.prepare("INSERT OR IGNORE INTO state.sync_meta VALUES ('format', ?)").run(FORMAT);
  nameState(db);
}

/** What the state knows about a table: whether a base is there for it in its present shape. */
export function tablesWithBase(
  db: Database.Database,
  tables: readonly Table[],
  seen: SeenPair,
): ReadonlySet<string> {
  const known = tables.filter((table) => {
    const found = knownTable(db, table);
    return found?.hasBase === true && isAsKnown(found, table, seen);
  });
  return new Set(known.map(({ name }) => name));
}

/** Rows of the table look as when they were remembered, and mean the same. */
function isAsKnown(known: KnownTable, table: Table, seen: SeenPair): boolean {
  return (
    JSON.stringify(known.shape) === shapeText(table) &&
    known.mapping === mappingText(seen, table.name)
  );
}

/**
 * Makes the state's tables for each user table. A table whose columns were added or dropped on both
 * sides keeps its base (see `migrateBase`); one whose key changed starts without.
 */
export function prepareTables(
  db: Database.Database,
  tables: readonly Table[],
  seen: SeenPair,
  drift: readonly DriftedColumn[],
): void {
  forgetGone(db, seen);
  for (const table of tables) {
    const known = knownTable(db, table);
    if (known === null || !isAsKnown(known, table, seen)) adoptShape(db, table, seen, known);
    createBase(db, "state", table);
    createKept(db, "state", table);
    createWritten(db, "state", table);
    noteDrift(db, table, drift);
  }
}

/**
 * A table that neither side has any more leaves no base: one of that name that comes later is another,
 * and what is missing in it was never deleted. Its conflicts have nothing left to be about.
 */
function forgetGone(db: Database.Database, seen: SeenPair): void {
  const names = JSON.stringify(
    SIDES.flatMap(({ side }) => Array.from(seen[side].projections.keys())),
  );
  const stands = (column: string): string =>
    ["a", "b"]
      .map(
        (side) =>
          `EXISTS (SELECT 1 FROM ${side}.sqlite_schema AS s WHERE s.type = 'table' AND s.name = ${column} COLLATE NOCASE)`,
      )
      .concat(`lower(${column}) IN (SELECT value FROM json_each(@names))`)
      .join(" OR ");
  db.prepare(
    `UPDATE state.sync_table SET has_base = 0 WHERE has_base = 1 AND NOT (${stands("sync_table.name")})`,
  ).run({ names });
  // A table that one side has lost, or not yet: what comes there later is another one, and empty at first.
  const forget = db.prepare(
    "UPDATE state.sync_table SET has_base = 0 WHERE has_base = 1 AND name = ?",
  );
  for (const { table } of seen.drift?.tables ?? []) forget.run(table);
  db.prepare(
    `UPDATE state.sync_conflict SET status = 'closed' WHERE status IN ('parked', 'held') AND NOT (${stands("sync_conflict.tbl")})`,
  ).run({ names });
}

/** Which side has what is left out for now: when the other one gets it, these values are the older ones. */
function noteDrift(db: Database.Database, { name }: Table, drift: readonly DriftedColumn[]): void {
  const own = drift.filter(({ table }) => isSameName(table, name));
  const text = JSON.stringify(own.map(({ column, onlyIn }) => [foldName(column), onlyIn]));
  const note = "UPDATE state.sync_table SET drift = ? WHERE name = ? AND ifnull(drift, '[]') <> ?";
  db.prepare(note).run(text, name, text);
}

interface KnownTable {
  readonly drifted: ReadonlyMap<string, Side>;
  readonly shape: KnownShape;
  readonly hasBase: boolean;
  readonly mapping: string;
}

interface TableRow {
  readonly shape: string;
  readonly has_base: number;
  readonly mapping: string | null;
  readonly drift: string | null;
}

function knownTable(db: Database.Database, { name }: Table): KnownTable | null {
  const [mapping = "", drift = ""] = ["mapping", "drift"].map((column) =>
    hasStateColumn(db, "sync_table", column) ? column : "NULL",
  );
  const row = db
    .prepare(
      `SELECT shape, has_base, ${mapping} AS mapping, ${drift} AS drift FROM state.sync_table WHERE name = ?`,
    )
    .get(name) as TableRow | undefined;
  if (row === undefined) return null;
  const shape = readOwnJson(row.shape, isKnownShape);
  const drifted = new Map(readOwnJson(row.drift ?? "[]", isDriftMemory));
  return { shape, hasBase: row.has_base === 1, mapping: row.mapping ?? "", drifted };
}

/** Notes the table's shape; a base of another shape is carried over where it can be, else dropped. */
function adoptShape(
  db: Database.Database,
  table: Table,
  seen: SeenPair,
  known: KnownTable | null,
): void {
  const mapping = mappingText(seen, table.name);
  const old = known === null ? null : oldBase(known, table, seen);
  const keeps = old !== null;
  if (old !== null) migrateBase(db, old);
  else dropBase(db, table.name);
  for (const kind of ["kept", "written"] as const) addMissingColumns(db, kind, table);
  db.prepare(
    "INSERT OR REPLACE INTO state.sync_table (name, shape, has_base, mapping) VALUES (?, ?, ?, ?)",
  ).run(table.name, shapeText(table), keeps ? 1 : 0, mapping);
}

/** What is remembered of a table, where it can be carried over to its present columns. */
function oldBase(known: KnownTable, table: Table, seen: SeenPair): OldBase | null {
  const both = bothTables(seen, table.name);
  const isSound =
    known.hasBase &&
    canMigrate(known.shape, table) &&
    meansTheSame(known.mapping, mappingText(seen, table.name));
  return both !== null && isSound
    ? { table, known: known.shape, both, drifted: known.drifted }
    : null;
}

/**
 * For a run that must not write to the state: bases of tables whose columns changed, carried over into
 * temporary tables.
 *
 * @returns the names of these tables
 */
export function migrateBasesForLook(
  db: Database.Database,
  tables: readonly Table[],
  seen: SeenPair,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const table of tables) {
    const known = knownTable(db, table);
    if (known === null || isAsKnown(known, table, seen)) continue;
    const old = oldBase(known, table, seen);
    if (old === null) continue;
    migrateForLook(db, old);
    names.add(table.name);
  }
  return names;
}

/** The columns of a table when both sides last agreed; `null`: they never did. */
export function knownColumns(db: Database.Database, name: string): readonly string[] | null {
  if (!hasAnyBase(db)) return null;
  const sql = "SELECT shape FROM state.sync_table WHERE name = ? AND has_base = 1";
  const shape = db.prepare(sql).pluck().get(name) as string | undefined;
  return shape === undefined
    ? null
    : readOwnJson(shape, isKnownShape).columns.map(([column]) => column);
}

function isDriftMemory(value: unknown): value is readonly (readonly [string, Side])[] {
  return (
    Array.isArray(value) &&
    value.every((one) => Array.isArray(one) && one.length === 2 && /^[ab]$/.test(String(one[1])))
  );
}

/** Some run of the pair was completed. */
export function hasAnyBase(db: Database.Database): boolean {
  const table = db.prepare("SELECT 1 FROM state.sqlite_schema WHERE name = 'sync_table'").get();
  return (
    table !== undefined &&
    db.prepare("SELECT 1 FROM state.sync_table WHERE has_base = 1").get() !== undefined
  );
}

/** Marks the tables' base as complete: from now on a missing row is a deletion. */
export function markBase(db: Database.Database, tables: readonly Table[]): void {
  const mark = db.prepare("UPDATE state.sync_table SET has_base = 1 WHERE name = ?");
  for (const table of tables) mark.run(table.name);
}

/** Forgets what both sides agreed on; the next run is a first run. Inbox and ledger stay. */
export function forgetBase(db: Database.Database, tables: readonly Table[]): void {
  const forget = db.prepare("UPDATE state.sync_table SET has_base = 0 WHERE name = ?");
  for (const table of tables) {
    forget.run(table.name);
    for (const kind of baseKinds(table))
      db.exec(`DELETE FROM ${workTable("state", kind, table.name)}`);
    if (table.key.length > 0) db.exec(`DELETE FROM ${workTable("state", "written", table.name)}`);
    forgetPages(db, table.name);
    noteEvidenceLost(db, table.name);
  }
}

/** The same for one table by its name, whatever it looks like now. Its former values go with it. */
export function forgetBaseOf(db: Database.Database, name: string): void {
  db.prepare("UPDATE state.sync_table SET has_base = 0 WHERE name = ?").run(name);
  const find = db.prepare("SELECT 1 FROM state.sqlite_schema WHERE type = 'table' AND name = ?");
  for (const kind of ["base", "bag", "written"]) {
    if (find.get(`${kind}:${name}`) === undefined) continue;
    db.exec(`DELETE FROM ${workTable("state", kind, name)}`);
  }
  forgetPages(db, name);
  noteEvidenceLost(db, name);
}

/** Names of the tables that have a base. */
export function tablesKnown(db: Database.Database): string[] {
  const sql = "SELECT name FROM state.sync_table WHERE has_base = 1 ORDER BY name";
  return db.prepare(sql).pluck().all() as string[];
}

/** Removes what runs left behind that were given up before planning: plans, drafts, images. */
export function tidyDrafts(db: Database.Database, tables: readonly Table[]): void {
  const planned = "SELECT id FROM state.sync_run WHERE status = 'planned'";
  db.exec(`DELETE FROM state.sync_ledger WHERE status = 'pending' AND run NOT IN (${planned})`);
  dropStrayPlans(db);
  const drafts = `DELETE FROM state.sync_conflict WHERE status = 'draft' AND run NOT IN (${planned})`;
  if (db.prepare(drafts).run().changes === 0) return;
  for (const { name } of tables) {
    const kept = workTable("state", "kept", name);
    db.exec(
      `DELETE FROM ${kept} WHERE ${CONTROL.owner} NOT IN (SELECT id FROM state.sync_conflict)`,
    );
  }
}

/** A plan that no unfinished run recorded was never complete: nobody may recover from it. */
function dropStrayPlans(db: Database.Database): void {
  const recorded = new Set(
    unfinishedRuns(db).flatMap(({ tables }) => tables.map((name) => foldName(name))),
  );
  const found = db
    .prepare("SELECT name FROM state.sqlite_schema WHERE type = 'table' AND name GLOB 'plan*:*'")
    .pluck()
    .all() as string[];
  for (const name of found) {
    const table = name.slice(name.indexOf(":") + 1);
    if (!recorded.has(foldName(table))) db.exec(`DROP TABLE state.${quoteName(name)}`);
  }
}

/** The plan of a table belongs to rows of its present shape. */
export function hasKnownShape(db: Database.Database, table: Table, seen: SeenPair): boolean {
  const known = knownTable(db, table);
  return known !== null && isAsKnown(known, table, seen);
}

/** The same where only one side's stored table is at hand: its rows can be compared as they are. */
export function isStoredAsKnown(db: Database.Database, table: Table): boolean {
  const known = knownTable(db, table);
  return known?.mapping === "" && JSON.stringify(known.shape) === shapeText(table);
}

/** The inbox's and the ledger's images stay; what the rows were written from has lost its meaning. */
function dropBase(db: Database.Database, name: string): void {
  for (const kind of ["base", "bag", "written", "plan", "plan-bag"]) {
    db.exec(`DROP TABLE IF EXISTS ${workTable("state", kind, name)}`);
  }
  noteEvidenceLost(db, name);
}

function shapeText(table: Table): string {
  return JSON.stringify(shapeOf(table));
}
