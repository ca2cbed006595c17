import type Database from "better-sqlite3";
import { quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { hasStateColumn } from "./upgrade.ts";
import { CONTROL, columnDefinitions, keyDefinition, workTable } from "../sqlite/shape.ts";

/** The tables that a run writes its conflicts to: in the state, or in `temp` for a dry run. */
export function createRunTables(db: Database.Database, schema: "state" | "temp"): void {
  db.exec(`
  CREATE TABLE IF NOT EXISTS ${schema}.sync_conflict (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, tbl TEXT NOT NULL COLLATE NOCASE, n INTEGER,
    kind TEXT NOT NULL, status TEXT NOT NULL, disputed TEXT, policy TEXT, policy_version TEXT,
    reason TEXT, obstacle TEXT, winner TEXT, key_text TEXT, changed_ms INTEGER, settled INTEGER NOT NULL DEFAULT 0,
    since_ms INTEGER, result TEXT);
  CREATE INDEX IF NOT EXISTS ${schema}.sync_conflict_status ON sync_conflict (status, tbl);
  CREATE TABLE IF NOT EXISTS ${schema}.sync_ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, tbl TEXT NOT NULL COLLATE NOCASE,
    conflict INTEGER NOT NULL, lost TEXT NOT NULL, winner TEXT, policy TEXT NOT NULL, reason TEXT,
    status TEXT NOT NULL, time_ms INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS ${schema}.sync_ledger_conflict ON sync_ledger (conflict, run);`);
}

/** The kinds of base a table has: keyed rows, a bag, or both (where its key may be NULL). */
export function baseKinds(table: Table): ("base" | "bag")[] {
  return [
    ...(table.key.length > 0 ? (["base"] as const) : []),
    ...(table.key.length === 0 || table.nullableKey ? (["bag"] as const) : []),
  ];
}

/** `base:<table>` and `bag:<table>`: plain tables with the user's own column names. */
export function createBase(db: Database.Database, schema: string, table: Table): void {
  const columns = columnDefinitions(table);
  if (table.key.length > 0) {
    const withoutRowid = table.kind === "without-rowid" ? " WITHOUT ROWID" : "";
    const name = workTable(schema, "base", table.name);
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${name} (${columns}, PRIMARY KEY (${keyColumns(table)}))${withoutRowid}`,
    );
  }
  if (table.key.length === 0 || table.nullableKey) {
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${workTable(schema, "bag", table.name)} (${CONTROL.n} INTEGER PRIMARY KEY, ${columns}, ${CONTROL.count} INTEGER)`,
    );
  }
}

/** `kept:<table>`: images of rows in conflict. No constraint of the user's: values stay as they were. */
export function createKept(db: Database.Database, schema: string, table: Table): void {
  const columns = columnDefinitions(table);
  db.exec(`CREATE TABLE IF NOT EXISTS ${workTable(schema, "kept", table.name)}
    (${CONTROL.owner} INTEGER, ${CONTROL.image} TEXT, ${columns}, PRIMARY KEY (${CONTROL.owner}, ${CONTROL.image})) WITHOUT ROWID`);
}

/** `written:<table>`: what rows that we wrote had held before, per side; evidence for the lineage. */
export function createWritten(db: Database.Database, schema: string, table: Table): void {
  if (table.key.length === 0) return;
  const name = workTable(schema, "written", table.name);
  db.exec(`CREATE TABLE IF NOT EXISTS ${name} (${CONTROL.n} INTEGER PRIMARY KEY, "⟨sync⟩ side" TEXT, "⟨sync⟩ ours" INTEGER,
    "⟨sync⟩ absent" INTEGER, "⟨sync⟩ epoch" INTEGER, ${columnDefinitions(table)})`);
  if (schema === "state" && !hasStateColumn(db, `written:${table.name}`, "⟨sync⟩ epoch")) {
    db.exec(`ALTER TABLE ${name} ADD COLUMN "⟨sync⟩ epoch" INTEGER`);
  }
  const index = `${schema}.${quoteName(`written-key:${table.name}`)}`;
  db.exec(
    `CREATE INDEX IF NOT EXISTS ${index} ON ${quoteName(`written:${table.name}`)} (${keyDefinition(table)}, "⟨sync⟩ side")`,
  );
}

function keyColumns(table: Table): string {
  return table.keyIsRowid
    ? table.key.map((part) => quoteName(part.name)).join(", ")
    : keyDefinition(table);
}
