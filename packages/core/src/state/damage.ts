import Database from "better-sqlite3";
import { sqliteCode } from "../sqlite/errors.ts";

/** SQLite's words for a file that is not what it should be. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error));
}

/**
 * Looks through a whole state whether it can be read. Slow, for it reads every page: asked only where
 * something failed already, or where the state is to be forgotten anyway. Writes nothing.
 */
export function isStateDamaged(path: string): boolean {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true });
    return db.pragma("quick_check(1)", { simple: true }) !== "ok";
  } catch (error) {
    if (!isDamage(error)) throw error;
    return true;
  } finally {
    db?.close();
  }
}
