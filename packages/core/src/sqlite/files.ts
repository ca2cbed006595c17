import { accessSync, closeSync, constants, openSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SyncError } from "@sync/model";

/** A database file that exists, by its canonical path. */
export interface DatabaseFile {
  readonly path: string;
  /** As the user named it; for messages. */
  readonly given: string;
  readonly writable: boolean;
}

/** What a file is wanted for. */
export interface FileNeeds {
  /** Its folder must be writable too: SQLite makes journals beside the database. */
  readonly write: boolean;
  /** Make an empty database where none is. */
  readonly create?: boolean;
}

/**
 * Finds a database file without ever opening an existing one: closing a descriptor would drop the
 * locks that this process holds on it (SQLITE_NOTES 1).
 *
 * @throws SyncError SYNC_DB_MISSING, SYNC_NOT_A_FILE, SYNC_PERMISSION
 */
export function findDatabase(given: string, needs: FileNeeds): DatabaseFile {
  const path = canonicalPath(given);
  let stats = statOf(path, given);
  if (stats === null) {
    if (needs.create !== true)
      throw new SyncError("SYNC_DB_MISSING", `There is no database at ${given}.`);
    createEmpty(path, given);
    stats = statSync(path);
  }
  if (!stats.isFile()) {
    throw new SyncError(
      "SYNC_NOT_A_FILE",
      `${given} is ${stats.isDirectory() ? "a directory" : "not a regular file"}.`,
    );
  }
  refuseEmptied(path, given, stats);
  demand(path, constants.R_OK, `${given} may not be read.`);
  const writable = isAllowed(path, constants.W_OK) && isAllowed(dirname(path), constants.W_OK);
  if (needs.write) {
    demand(path, constants.W_OK, `${given} may not be written.`);
    demand(
      dirname(path),
      constants.W_OK,
      `The folder of ${given} may not be written, so SQLite cannot make its journal there.`,
    );
  }
  return { path, given, writable };
}

/**
 * The two are one file: by path, symbolic link or hard link.
 *
 * @throws SyncError SYNC_SAME_FILE
 */
export function refuseSameFile(a: DatabaseFile, b: DatabaseFile): void {
  const [first, second] = [statSync(a.path, { bigint: true }), statSync(b.path, { bigint: true })];
  if (a.path === b.path || (first.dev === second.dev && first.ino === second.ino)) {
    throw new SyncError("SYNC_SAME_FILE", `${a.given} and ${b.given} are the same file.`);
  }
}

/**
 * Which file stands at a path: another one when a file was put in its place, which SQLite does not
 * notice (SQLITE_NOTES 8). `""`: none.
 */
export function fileIdentity(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}

/** Where a path leads, through links; for a file that does not exist, where it would be made. */
export function canonicalPath(given: string): string {
  const path = resolve(given);
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

/** SQLite takes an empty file for a new database, and deletes the log beside it, which may hold all there is. */
function refuseEmptied(path: string, given: string, stats: Stats): void {
  if (stats.size > 0) return;
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size === 0) return;
  throw new SyncError(
    "SYNC_CORRUPT",
    `${given} is empty, but there is a log of its changes beside it: the file was cut off, and opening it would delete the log.`,
    { next: "Keep a copy of both files, then restore a backup." },
  );
}

function statOf(path: string, given: string): Stats | null {
  try {
    return statSync(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new SyncError("SYNC_PERMISSION", `${given} cannot be reached.`, { cause });
  }
}

/** An empty file is an empty database. `wx`: never touches a file that came into being meanwhile. */
function createEmpty(path: string, given: string): void {
  try {
    closeSync(openSync(path, "wx", 0o644));
  } catch (cause) {
    throw new SyncError("SYNC_PERMISSION", `${given} cannot be made.`, { cause });
  }
}

function demand(path: string, mode: number, message: string): void {
  try {
    accessSync(path, mode);
  } catch (cause) {
    throw new SyncError("SYNC_PERMISSION", message, { cause });
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
