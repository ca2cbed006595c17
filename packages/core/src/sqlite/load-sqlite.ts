import { createRequire } from "node:module";
import type Database from "better-sqlite3";

/**
 * SQLite, for files that are also loaded where it may never be needed: by threads that only send calls
 * to others. Loading it takes about as long as starting Node.
 */
export function loadSqlite(): typeof Database {
  // A CommonJS package; however often it is asked for, it is loaded once.
  return createRequire(import.meta.url)("better-sqlite3") as typeof Database;
}
