import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Case } from "../generate/case.ts";
import type { Edit } from "../generate/edits.ts";

type SqliteError = InstanceType<typeof Database.SqliteError>;

/** The three files of a case. Nothing has them open, and none has a `-wal` beside it. */
export interface CaseFiles {
  readonly a: string;
  readonly b: string;
  /** The common ancestor, as it was before anybody edited. */
  readonly base: string;
}

/** Makes the base and both sides, and applies the edits to each. */
export function buildPair(testCase: Case, folder: string): CaseFiles {
  const files = buildSides(testCase, folder);
  applyEdits(files.a, testCase.editsA);
  applyEdits(files.b, testCase.editsB);
  return files;
}

/** Makes the base and two sides equal to it: for a first run before the edits. */
export function buildSides(testCase: Case, folder: string): CaseFiles {
  const files = {
    a: join(folder, "a.db"),
    b: join(folder, "b.db"),
    base: join(folder, "base.db"),
  };
  asUser(files.base, (db) => {
    for (const statement of testCase.schema) db.exec(statement);
    for (const statement of testCase.rows) attempt(db, [statement]);
  });
  for (const [side, setup] of [
    [files.a, testCase.setupA],
    [files.b, testCase.setupB],
  ] as const) {
    copyFileSync(files.base, side);
    asUser(side, (db) => {
      for (const statement of setup) db.exec(statement);
    });
  }
  return files;
}

/**
 * Makes a user's edits, each in a transaction of its own; one that the database refuses is rolled
 * back and passed over.
 *
 * @returns the edits that took effect
 */
export function applyEdits(path: string, edits: readonly Edit[]): Edit[] {
  return asUser(path, (db) => edits.filter((edit) => attempt(db, edit.sql)));
}

/** A session as a careful application has it: references enforced, REPLACE fires delete triggers. */
function asUser<T>(path: string, use: (db: Database.Database) => T): T {
  const db = new Database(path);
  try {
    db.pragma("foreign_keys = ON");
    db.pragma("recursive_triggers = ON");
    // Hundreds of cases in seconds: what a power cut would do is not their subject.
    db.pragma("synchronous = OFF");
    return use(db);
  } finally {
    db.close();
  }
}

function attempt(db: Database.Database, statements: readonly string[]): boolean {
  try {
    db.exec("BEGIN");
    for (const statement of statements) db.exec(statement);
    // SQLite itself can break a self-reference where REPLACE and IGNORE meet ON DELETE SET NULL.
    const isSound = db.pragma("foreign_key_check", { simple: true }) === undefined;
    db.exec(isSound ? "COMMIT" : "ROLLBACK");
    return isSound;
  } catch (error) {
    // The trigger's RAISE(ROLLBACK) has already ended the transaction.
    if (db.inTransaction) db.exec("ROLLBACK");
    if (error instanceof Database.SqliteError && isRefusal(error)) return false;
    throw error;
  }
}

/** A constraint, a wrong type, an overflow: the user's mistake. A syntax error would be ours. */
function isRefusal(error: SqliteError): boolean {
  return (
    error.code.startsWith("SQLITE_CONSTRAINT") ||
    error.code === "SQLITE_MISMATCH" ||
    error.code === "SQLITE_FULL" ||
    /integer overflow|too many levels of trigger recursion/.test(error.message)
  );
}
