import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import type Database from "better-sqlite3";

/** Writes files through to the disk, without opening them in this process. */
export type SyncFiles = (paths: readonly string[]) => Promise<void>;

/**
 * Makes what other programs committed to the sides survive a power loss, before the base says that
 * both agree on it: an application in WAL mode with synchronous=NORMAL does not sync its commits, and
 * a side that lost one would look edited back (SQLITE_NOTES 7).
 *
 * The WAL may be opened and closed in our process; the main file may not, since closing it would drop
 * every lock this process holds on it (SQLITE_NOTES 1).
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
  const wals = sides.filter(([side]) => isWal(side)).map(([, path]) => `${path}-wal`);
  for (const wal of wals.filter((path) => existsSync(path))) syncFile(wal);
  const files = sides.filter(([side]) => !isWal(side)).map(([, path]) => path);
  if (files.length > 0) await syncFiles(files);
}

/** The same for one database that is not attached: its log, if it has one, and the file itself. */
export async function makeFileDurable(path: string, syncFiles: SyncFiles): Promise<void> {
  if (existsSync(`${path}-wal`)) syncFile(`${path}-wal`);
  await syncFiles([path]);
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
