import type Database from "better-sqlite3";
import { quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL, columnDefinitions, keyDefinition, workTable } from "../sqlite/shape.ts";
import { SyncError } from "@sync/model";

/** Rises when a state of an older version could be misread. */
const FORMAT = 1;

/**
 * Tables that every state has. `sync_conflict` is the record of every conflict: `parked` ones are the
 * inbox. `sync_ledger` names the images in `kept:<table>` that lost. `sync_run` has one row per run
 * that planned writes; `planned` without `done` is an interrupted run.
 */
const META_TABLES = `
  CREATE TABLE IF NOT EXISTS state.sync_meta (name TEXT PRIMARY KEY, value);
  CREATE TABLE IF NOT EXISTS state.sync_table (
    name TEXT PRIMARY KEY COLLATE NOCASE, shape TEXT NOT NULL, has_base INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS state.sync_run (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, policy TEXT NOT NULL, policy_version TEXT,
    started_ms INTEGER NOT NULL, marked INTEGER NOT NULL DEFAULT 0,
    cookie_a INTEGER, cookie_a_after INTEGER, cookie_b INTEGER, cookie_b_after INTEGER);`;

/** The tables that a run writes its conflicts to: in the state, or in `temp` for a dry run. */
export function createRunTables(db: Database.Database, schema: "state" | "temp"): void {
  db.exec(`
  CREATE TABLE IF NOT EXISTS ${schema}.sync_conflict (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, tbl TEXT NOT NULL COLLATE NOCASE, n INTEGER,
    kind TEXT NOT NULL, status TEXT NOT NULL, disputed TEXT, policy TEXT, policy_version TEXT,
    reason TEXT, winner TEXT, key_text TEXT, changed_ms INTEGER);
  CREATE INDEX IF NOT EXISTS ${schema}.sync_conflict_status ON sync_conflict (status, tbl);
  CREATE TABLE IF NOT EXISTS ${schema}.sync_ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, tbl TEXT NOT NULL COLLATE NOCASE,
    conflict INTEGER NOT NULL, lost TEXT NOT NULL, winner TEXT, policy TEXT NOT NULL, reason TEXT,
    status TEXT NOT NULL, time_ms INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS ${schema}.sync_ledger_conflict ON sync_ledger (conflict, run);`);
}

/** Makes the state's own tables where they are missing, and refuses a state of a newer format. */
export function prepareState(db: Database.Database): void {
  db.exec(META_TABLES);
  createRunTables(db, "state");
  const format = db.prepare("SELECT value FROM state.sync_meta WHERE name = 'format'").pluck().get();
  if (format === undefined) {
    db.prepare("INSERT INTO state.sync_meta VALUES ('format', ?)").run(FORMAT);
  } else if (format !== FORMAT) {
    throw new SyncError("SYNC_STATE_DAMAGED", `The state has format ${String(format)}; this version reads ${FORMAT}.`);
  }
}

/** What the state knows about a table: whether a base is there for it in its present shape. */
export function tablesWithBase(db: Database.Database, tables: readonly Table[]): ReadonlySet<string> {
  const row = db.prepare("SELECT shape, has_base FROM state.sync_table WHERE name = ?");
  const known = new Set<string>();
  for (const table of tables) {
    const found = row.get(table.name) as { shape: string; has_base: number } | undefined;
    if (found?.has_base === 1 && found.shape === shapeText(table)) known.add(table.name);
  }
  return known;
}

/**
 * Makes the state's tables for each user table. A table whose columns were added or dropped on both
 * sides keeps its base (see `migrateBase`); one whose key changed starts without.
 */
export function prepareTables(db: Database.Database, tables: readonly Table[]): void {
  for (const table of tables) {
    const known = db.prepare("SELECT shape FROM state.sync_table WHERE name = ?").pluck().get(table.name);
    if (known !== shapeText(table)) {
      dropTables(db, table.name);
      db.prepare("INSERT OR REPLACE INTO state.sync_table VALUES (?, ?, 0)").run(table.name, shapeText(table));
    }
    createBase(db, "state", table);
    createKept(db, "state", table);
    createWritten(db, table);
  }
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
    if (table.key.length > 0) db.exec(`DELETE FROM ${workTable("state", "written", table.name)}`);
  }
}

/** Removes what a run that was given up before planning left behind. */
export function tidyDrafts(db: Database.Database): void {
  db.exec(`DELETE FROM state.sync_ledger WHERE status = 'pending'; DELETE FROM state.sync_conflict WHERE status = 'draft'`);
}

/** `base:<table>` and `bag:<table>`: plain tables with the user's own column names. */
export function createBase(db: Database.Database, schema: string, table: Table): void {
  const columns = columnDefinitions(table);
  if (table.key.length > 0) {
    const withoutRowid = table.kind === "without-rowid" ? " WITHOUT ROWID" : "";
    const name = workTable(schema, "base", table.name);
    db.exec(`CREATE TABLE IF NOT EXISTS ${name} (${columns}, PRIMARY KEY (${keyColumns(table)}))${withoutRowid}`);
  }
  if (table.key.length === 0 || table.nullableKey) {
    db.exec(`CREATE TABLE IF NOT EXISTS ${workTable(schema, "bag", table.name)} (${CONTROL.n} INTEGER PRIMARY KEY, ${columns}, ${CONTROL.count} INTEGER)`);
  }
}

/** `kept:<table>`: images of rows in conflict. No affinity, no constraint: values stay as they were. */
export function createKept(db: Database.Database, schema: string, table: Table): void {
  const columns = columnDefinitions(table);
  db.exec(`CREATE TABLE IF NOT EXISTS ${workTable(schema, "kept", table.name)}
    (${CONTROL.owner} INTEGER, ${CONTROL.image} TEXT, ${columns}, PRIMARY KEY (${CONTROL.owner}, ${CONTROL.image}))`);
}

/** `written:<table>`: what rows that we wrote had held before, per side; evidence for the lineage. */
function createWritten(db: Database.Database, table: Table): void {
  if (table.key.length === 0) return;
  const name = workTable("state", "written", table.name);
  db.exec(`CREATE TABLE IF NOT EXISTS ${name} (${CONTROL.n} INTEGER PRIMARY KEY, "⟨sync⟩ side" TEXT,
    "⟨sync⟩ absent" INTEGER, ${columnDefinitions(table)})`);
  const index = `state.${quoteName(`written:${table.name}:key`)}`;
  db.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${quoteName(`written:${table.name}`)} (${keyDefinition(table)}, "⟨sync⟩ side")`);
}

function keyColumns(table: Table): string {
  return table.keyIsRowid ? table.key.map((part) => quoteName(part.name)).join(", ") : keyDefinition(table);
}

function dropTables(db: Database.Database, name: string): void {
  for (const kind of ["base", "bag", "kept", "written", "plan", "plan-bag"]) {
    db.exec(`DROP TABLE IF EXISTS ${workTable("state", kind, name)}`);
  }
}

/** What a base table depends on; another text means another table. */
function shapeText(table: Table): string {
  const columns = table.columns.map((column) => [column.name, column.affinity]);
  const key = table.key.map((part) => [part.name, part.collation]);
  return JSON.stringify({ kind: table.kind, columns, key, nullable: table.nullableKey });
}
