import { closeSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { isDamageError, sqliteCode } from "../sqlite/errors.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { CONTROL } from "../sqlite/shape.ts";
import { isKnownShape } from "./migrate.ts";
import { isOwnJson } from "./own-json.ts";
import { prepareState } from "./store.ts";
import { isAddedColumn } from "./upgrade.ts";

/**
 * Looks through a whole state whether it can be read. Slow, for it reads every page: asked only where
 * something failed already, or where the state is to be forgotten anyway. Writes nothing.
 */
export function isStateDamaged(path: string): boolean {
  if (isOfNewerFormat(path)) return true;
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true });
    // The quick one does not look whether the rows are in the indexes, and a write to such a table fails.
    if (db.pragma("integrity_check(1)", { simple: true }) !== "ok") return true;
    openEveryTree(db);
    return !areShapesWhole(db) || !areColumnsWhole(db);
  } catch (error) {
    if (!isDamageError(error) && !isMisunderstanding(error)) throw error;
    return true;
  } finally {
    db?.close();
  }
}

/** What is asked here is sound: SQLite finds fault with what the schema says, like a collation that nobody has. */
function isMisunderstanding(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_ERROR");
}

/** Where the header says which SQLite may write the file, and which may read it: 1 with journals, 2 with logs. */
const VERSIONS_AT = 18;
const NEWEST_VERSION = 2;

/**
 * Who opens such a file to read it only is not told that nobody can write it. That our own locks on the state
 * go when it is closed (SQLITE_NOTES 1) harms nobody: what keeps others away is the lock of the pair.
 */
function isOfNewerFormat(path: string): boolean {
  const header = Buffer.alloc(VERSIONS_AT + 2);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header.subarray(VERSIONS_AT).some((version) => version > NEWEST_VERSION);
}

/**
 * Where a list of free pages is damaged, SQLite gives a new table the pages of another one, and says nothing:
 * what is written to that one then stands in the plan.
 *
 * @throws SyncError SYNC_STATE_DAMAGED
 */
export function refuseSharedPages(db: Database.Database): void {
  const sql = `SELECT group_concat(name, ' and ') FROM state.sqlite_schema WHERE rootpage > 0
    GROUP BY rootpage HAVING count(*) > 1 LIMIT 1`;
  const shared = db.prepare(sql).pluck().get() as string | undefined;
  if (shared === undefined) return;
  throw new SyncError(
    "SYNC_STATE_DAMAGED",
    `The state of this pair is damaged: ${shared} have the same pages.`,
  );
}

/**
 * SQLite's check passes over a root page of the wrong kind, an index's where a table's should be; who opens
 * the tree cannot.
 *
 * @throws where one cannot be opened
 */
function openEveryTree(db: Database.Database): void {
  const trees = db
    .prepare(
      // The key of a table without rowids is the table itself, and has no entry of its own.
      `SELECT name AS tbl, NULL AS idx FROM sqlite_schema WHERE type = 'table'
       UNION ALL SELECT s.tbl_name, s.name FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS i
       WHERE s.type = 'index' AND i.name = s.name AND i.partial = 0`,
    )
    .all() as { tbl: string; idx: string | null }[];
  for (const { tbl, idx } of trees) {
    const way = idx === null ? "NOT INDEXED" : `INDEXED BY ${quoteName(idx)}`;
    db.prepare(`SELECT 1 FROM ${quoteName(tbl)} ${way} LIMIT 1`).get();
  }
}

/** SQLite does not know what our notes must look like. A state of another version may have no such table. */
function areShapesWhole(db: Database.Database): boolean {
  const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sync_table'").get();
  if (has === undefined) return true;
  const shapes = db.prepare("SELECT shape FROM sync_table").pluck().all();
  return shapes.every((text) => typeof text === "string" && isOwnJson(text, isKnownShape));
}

/** Columns of ours in the tables that are made for each of the user's, by what those are called. */
const OWN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  "bag:": [CONTROL.n, CONTROL.count],
  "kept:": [CONTROL.owner, CONTROL.image],
  "written:": [CONTROL.n, '"⟨sync⟩ side"', '"⟨sync⟩ ours"', '"⟨sync⟩ absent"'],
};

/** A name in the schema's text may have lost a letter and still be a name. */
function areColumnsWhole(db: Database.Database): boolean {
  const fixed = columnsOfFixedTables();
  return tablesOf(db, "main").every((table) => {
    const prefix = table.slice(0, table.indexOf(":") + 1);
    const present = columnsOf(db, "main", table);
    const own = (OWN_COLUMNS[prefix] ?? []).every((quoted) =>
      present.some((name) => quoteName(name) === quoted),
    );
    return own && (fixed.get(table) ?? []).every((name) => present.includes(name));
  });
}

/** What the tables that every state has are made of, in every version. */
function columnsOfFixedTables(): ReadonlyMap<string, readonly string[]> {
  const db = new Database(":memory:");
  try {
    db.exec("ATTACH ':memory:' AS state");
    prepareState(db);
    return new Map(
      tablesOf(db, "state").map((table) => [
        table,
        columnsOf(db, "state", table).filter((name) => !isAddedColumn(table, name)),
      ]),
    );
  } finally {
    db.close();
  }
}

function tablesOf(db: Database.Database, schema: "main" | "state"): string[] {
  const sql = `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table'`;
  return db.prepare(sql).pluck().all() as string[];
}

function columnsOf(db: Database.Database, schema: "main" | "state", table: string): string[] {
  const sql = "SELECT name FROM pragma_table_info(?, ?)";
  return db.prepare(sql).pluck().all(table, schema) as string[];
}
