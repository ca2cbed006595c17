import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { isBusy, toSyncError } from "../sqlite/errors.ts";
import type { StateLocation } from "./location.ts";

/** One run per pair: held from before the first read to after the last write. */
export interface PairLock {
  /** Lets the next run in. Idempotent. */
  release(): void;
}

/**
 * Takes the pair's lock: an exclusive transaction on a database of its own, which the operating
 * system ends with its holder, `kill -9` included (SQLITE_NOTES 10). Never read that file with
 * anything but SQLite: closing another descriptor of it would drop the lock (SQLITE_NOTES 1).
 *
 * @throws SyncError SYNC_PAIR_BUSY after `timeoutMs` of another run holding it; SYNC_DISK_FULL,
 *   SYNC_PERMISSION, SYNC_IO where there is no room for it
 */
export function lockPair(location: StateLocation, timeoutMs: number): PairLock {
  let db: Database.Database | null = null;
  try {
    db = new Database(location.lockFile, { timeout: timeoutMs });
    db.pragma("journal_mode = DELETE");
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db?.close();
    if (isBusy(cause))
      throw new SyncError("SYNC_PAIR_BUSY", "Another run of this pair is under way.", { cause });
    throw toSyncError(cause, `The lock of this pair, ${location.lockFile},`);
  }
  const held = db;
  return { release: () => void held.close() };
}
