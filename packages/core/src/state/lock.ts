import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { isBusy, toSyncError } from "../sqlite/errors.ts";
import { loadSqlite } from "../sqlite/load-sqlite.ts";
import type { StateLocation } from "./location.ts";

/** A lock that is held until it is let go; for a pair, from before the first read to after the last write. */
export interface PairLock {
  /** Lets the next one in. Idempotent. */
  release(): void;
}

/** The pair's lock, its file open for one run after the other. */
export interface OpenLock {
  readonly path: string;
  /** @throws SyncError SYNC_PAIR_BUSY after `timeoutMs` of another run holding it */
  take(timeoutMs: number): PairLock;
  /** Idempotent. Frees the lock, too. */
  close(): void;
}

/**
 * Opens the pair's lock, see {@link lockFile}.
 *
 * @throws SyncError SYNC_DISK_FULL, SYNC_PERMISSION, SYNC_IO where there is no room for it
 */
export function openLock(location: StateLocation): OpenLock {
  const Sqlite = loadSqlite();
  let db: Database.Database;
  try {
    db = new Sqlite(location.lockFile);
  } catch (cause) {
    throw whyNotLocked(cause, location);
  }
  return {
    path: location.lockFile,
    take: (timeoutMs) => {
      try {
        db.pragma(`busy_timeout = ${timeoutMs}`);
        lock(db);
      } catch (cause) {
        throw whyNotLocked(cause, location);
      }
      return { release: () => void (db.inTransaction && db.exec("ROLLBACK")) };
    },
    close: () => void db.close(),
  };
}

/**
 * Takes the pair's lock, which the operating system ends with its holder, `kill -9` included.
 *
 * @throws SyncError SYNC_PAIR_BUSY after `timeoutMs` of another run holding it; SYNC_DISK_FULL,
 *   SYNC_PERMISSION, SYNC_IO where there is no room for it
 */
export function lockPair(location: StateLocation, timeoutMs: number): PairLock {
  try {
    return lockFile(location.lockFile, timeoutMs);
  } catch (cause) {
    throw whyNotLocked(cause, location);
  }
}

/**
 * Holds an exclusive transaction on a database that is there for nothing else; it frees at once when
 * the process dies (SQLITE_NOTES 10). Never read that file with anything but SQLite: closing another
 * descriptor of it would drop the lock (SQLITE_NOTES 1).
 *
 * @throws what SQLite says; busy after `timeoutMs` of somebody else holding it
 */
export function lockFile(file: string, timeoutMs: number): PairLock {
  const Sqlite = loadSqlite();
  const db = new Sqlite(file, { timeout: timeoutMs });
  try {
    lock(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return { release: () => void db.close() };
}

function lock(db: Database.Database): void {
  db.pragma("journal_mode = DELETE");
  db.exec("BEGIN EXCLUSIVE");
}

function whyNotLocked(cause: unknown, { lockFile: path }: StateLocation): SyncError {
  if (isBusy(cause))
    return new SyncError("SYNC_PAIR_BUSY", "Another run of this pair is under way.", { cause });
  return toSyncError(cause, `The lock of this pair, ${path},`);
}

/** Whether somebody holds {@link lockFile} on it, this process included. Waits for nothing. */
export function isLocked(file: string): boolean {
  const Sqlite = loadSqlite();
  let db: Database.Database | null = null;
  try {
    db = new Sqlite(file, { fileMustExist: true, timeout: 0 });
    db.prepare("SELECT 1 FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    // It is not there any more: its holder is gone, too.
    if (!existsSync(file)) return false;
    throw error;
  } finally {
    db?.close();
  }
}
