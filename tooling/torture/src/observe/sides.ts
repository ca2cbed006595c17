import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { dumpDatabase, integrityOf } from "@sync/testkit";
import type { DatabaseDump, Integrity } from "@sync/testkit";

/** One side as it can be seen from outside. */
export interface SideView {
  readonly dump: DatabaseDump;
  readonly integrity: Integrity;
  /** `sqlite_schema`, triggers of one table in their order of firing. */
  readonly schema: readonly string[];
  /** AUTOINCREMENT counters by table. */
  readonly sequences: ReadonlyMap<string, bigint>;
}

export type SidesView = Readonly<Record<"a" | "b", SideView>>;

/** Opens a side as its user would, looks at everything, and closes it again. */
export function viewSide(path: string): SideView {
  const db = new Database(path, { fileMustExist: true });
  try {
    return {
      dump: dumpDatabase(db),
      integrity: integrityOf(db),
      schema: schemaOf(db),
      sequences: sequencesOf(db),
    };
  } finally {
    db.close();
  }
}

export function viewSides(files: Readonly<Record<"a" | "b", string>>): SidesView {
  return { a: viewSide(files.a), b: viewSide(files.b) };
}

function schemaOf(db: Database.Database): string[] {
  return db
    .prepare(
      `SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || ifnull(sql, '') FROM sqlite_schema
       ORDER BY type, tbl_name, CASE type WHEN 'trigger' THEN rowid END, name`,
    )
    .pluck()
    .all() as string[];
}

function sequencesOf(db: Database.Database): Map<string, bigint> {
  const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (has === undefined) return new Map();
  const rows = db
    .prepare("SELECT name, max(seq) FROM sqlite_sequence GROUP BY name")
    .safeIntegers()
    .raw()
    .all() as [string, bigint][];
  return new Map(rows);
}

/**
 * A hash of the bytes of a database and its log. Only while no connection of this process has the file
 * open: closing a descriptor drops every lock that SQLite holds on it here (SQLITE_NOTES 1).
 */
export function bytesOf(path: string): string {
  const hash = createHash("sha256");
  for (const file of [path, `${path}-wal`]) {
    // An empty log is none (DESIGN §3.15).
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}
