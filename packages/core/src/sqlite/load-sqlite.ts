import { createRequire } from "node:module";
import type Database from "better-sqlite3";

const require = createRequire(import.meta.url);

/**
 * Where it is. Found at once: Node 20.20 was seen not to follow links when the first CommonJS package was
 * resolved late, in a watcher that had removed the socket of a killed one. Then the package was found by
 * its link, and what it requires was not found at all.
 */
const place = require.resolve("better-sqlite3");

/**
 * SQLite, for files that are also loaded where it may never be needed: by threads that only send calls
 * to others. Loading it takes about as long as starting Node.
 */
export function loadSqlite(): typeof Database {
  // A CommonJS package; however often it is asked for, it is loaded once.
  return require(place) as typeof Database;
}
