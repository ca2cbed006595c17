import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";

/** Writes files through to the disk, without opening them in this process. */
export type SyncFiles = (paths: readonly string[]) => Promise<void>;

/**
 * Makes what other programs committed to the sides survive a power loss, before the base says that
 * both agree on it: a side that lost a commit would look edited back (SQLITE_NOTES 7). An application
 * in WAL mode with synchronous=NORMAL does not sync its commits; one in rollback mode, by SQLite's
 * default, does not sync that it deleted its journal, which rolls the commit back when it returns.
 *
 * A log, a journal and a folder may be opened and closed in our process; the main file may not, since
 * closing it would drop every lock this process holds on it (SQLITE_NOTES 1).
 *
 * @param sides - attached name and path of each side
 */
export async function makeDurable(
  db: Database.Database,
  sides: readonly (readonly ["a" | "b", string])[],
  syncFiles: SyncFiles,
): Promise<void> {
  const isWal = (side: string): boolean =>
    db.pragma(`${side}.journal_mode`, { simple: true }) === "wal";
  for (const [, path] of sides.filter(([side]) => isWal(side))) syncIfThere(`${path}-wal`);
  const files = sides.filter(([side]) => !isWal(side)).map(([, path]) => path);
  if (files.length > 0) await syncFiles(files);
  syncJournals(files);
}

/** The same for one database that is not attached: its log, if it has one, the file itself, and its journal. */
export async function makeFileDurable(path: string, syncFiles: SyncFiles): Promise<void> {
  syncIfThere(`${path}-wal`);
  await syncFiles([path]);
  syncJournals([path]);
}

/** What a journal that is truncated or overwritten holds, and that one that was deleted is gone. */
function syncJournals(databases: readonly string[]): void {
  for (const path of databases) syncIfThere(`${path}-journal`);
  for (const folder of new Set(databases.map(dirname))) {
    if (canSyncFolder(folder)) syncFile(folder);
  }
}

/** As SQLite does: not on Windows, nor where the folder may be written but not be read. */
function canSyncFolder(folder: string): boolean {
  if (process.platform === "win32") return false;
  try {
    accessSync(folder, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A file of another program may be gone a moment later, and then has nothing to lose. */
function syncIfThere(path: string): void {
  try {
    if (existsSync(path)) syncFile(path);
  } catch (error) {
    if (existsSync(path)) throw error;
  }
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
