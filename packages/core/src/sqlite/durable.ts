import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";

/** Run as a program of its own: syncs the files named as arguments. */
const SYNC_FILES = `
  const fs = require("node:fs");
  for (const path of process.argv.slice(1)) {
    const file = fs.openSync(path, "r");
    fs.fsyncSync(file);
    fs.closeSync(file);
  }`;

/**
 * Makes what other programs committed to the sides survive a power loss, before the base says that
 * both agree on it: an application in WAL mode with synchronous=NORMAL does not sync its commits, and
 * a side that lost one would look edited back (SQLITE_NOTES 7).
 *
 * The WAL may be opened and closed in our process; the main file may not, since closing it would drop
 * every lock this process holds on it (SQLITE_NOTES 1), so that a child does it.
 *
 * @param sides - attached name and path of each side
 */
export function makeDurable(
  db: Database.Database,
  sides: readonly (readonly ["a" | "b", string])[],
): void {
  const isWal = (side: string): boolean =>
    db.pragma(`${side}.journal_mode`, { simple: true }) === "wal";
  const wals = sides.filter(([side]) => isWal(side)).map(([, path]) => `${path}-wal`);
  for (const wal of wals.filter((path) => existsSync(path))) syncFile(wal);
  const files = sides.filter(([side]) => !isWal(side)).map(([, path]) => path);
  if (files.length === 0) return;
  const child = spawnSync(process.execPath, ["-e", SYNC_FILES, ...files], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.status === 0) return;
  throw new SyncError("SYNC_IO", `${files.join(" and ")} could not be synced to the disk.`, {
    cause: child.error ?? String(child.stderr),
  });
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
