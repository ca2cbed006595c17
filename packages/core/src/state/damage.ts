import Database from "better-sqlite3";
import { isDamageError } from "../sqlite/errors.ts";
import { isKnownShape } from "./migrate.ts";
import { isOwnJson } from "./own-json.ts";

/**
 * Looks through a whole state whether it can be read. Slow, for it reads every page: asked only where
 * something failed already, or where the state is to be forgotten anyway. Writes nothing.
 */
export function isStateDamaged(path: string): boolean {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true });
    return db.pragma("quick_check(1)", { simple: true }) !== "ok" || !areShapesWhole(db);
  } catch (error) {
    if (!isDamageError(error)) throw error;
    return true;
  } finally {
    db?.close();
  }
}

/** SQLite does not know what our notes must look like. A state of another version may have no such table. */
function areShapesWhole(db: Database.Database): boolean {
  const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sync_table'").get();
  if (has === undefined) return true;
  const shapes = db.prepare("SELECT shape FROM sync_table").pluck().all();
  return shapes.every((text) => typeof text === "string" && isOwnJson(text, isKnownShape));
}
