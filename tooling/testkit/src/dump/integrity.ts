import Database from "better-sqlite3";
import { quoteName } from "../quote.ts";
import type { Target } from "./dump.ts";

/** What is wrong with a database; all lists are empty for a sound one. */
export interface Integrity {
  /** Messages of `PRAGMA integrity_check`: damage, and UNIQUE, NOT NULL, CHECK violations. */
  readonly problems: readonly string[];
  /** Rows of `PRAGMA foreign_key_check` as `child(rowid) -> parent`. */
  readonly foreignKeys: readonly string[];
  /** FTS5 tables whose index does not say what their content says. */
  readonly staleIndexes: readonly string[];
}

/**
 * Checks everything SQLite can check. Needs a writable connection or path where there are FTS5
 * tables, since their check is an INSERT; nothing is changed by it.
 */
export function integrityOf(target: Target): Integrity {
  if (typeof target !== "string") return checkAll(target);
  const db = new Database(target, { fileMustExist: true });
  try {
    return checkAll(db);
  } finally {
    db.close();
  }
}

function checkAll(db: Database.Database): Integrity {
  const messages = db.prepare("PRAGMA integrity_check").pluck(true).all() as string[];
  return {
    problems: messages.filter((message) => message !== "ok"),
    foreignKeys: brokenForeignKeys(db),
    staleIndexes: ftsTables(db).filter((table) => !isFtsIndexSound(db, table)),
  };
}

function brokenForeignKeys(db: Database.Database): string[] {
  // The columns that PRAGMA foreign_key_check is documented to return.
  const rows = db.prepare("PRAGMA foreign_key_check").all() as {
    table: string;
    rowid: number | null;
    parent: string;
  }[];
  return rows.map((row) => `${row.table}(${row.rowid ?? "?"}) -> ${row.parent}`);
}

function ftsTables(db: Database.Database): string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")
    .pluck(true)
    .all() as string[];
}

/** With rank 1 the index is compared with the content table too (FTS5 manual, "integrity-check"). */
function isFtsIndexSound(db: Database.Database, table: string): boolean {
  const name = quoteName(table);
  try {
    db.prepare(`INSERT INTO ${name}(${name}, rank) VALUES ('integrity-check', 1)`).run();
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_CORRUPT")) {
      return false;
    }
    throw error;
  }
}
