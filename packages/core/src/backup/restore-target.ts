import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { SyncError, isSyncError } from "@sync/model";
import { makeFileDurable } from "../sqlite/durable.ts";
import { renameDurably, syncPath } from "../sqlite/durable-file.ts";
import { createFileSyncer } from "../sqlite/file-syncer.ts";
import { isBusy, isDamageError, toSyncError } from "../sqlite/errors.ts";
import { fileIdentity } from "../sqlite/files.ts";
import type { RestoreSign } from "../state/restored.ts";
import { copyDatabase } from "./copy-database.ts";

/** A database that something is to be put into, as it is now. */
export type Target =
  | { readonly type: "missing" }
  /** SQLite can open it, damaged or not. */
  | {
      readonly type: "open";
      readonly cookie: number;
      readonly pageSize: number;
      readonly journalMode: string;
    }
  /** SQLite cannot open it at all. */
  | { readonly type: "unreadable"; readonly reason: string };

/** Files of SQLite's that belong to one database file, and must never meet another. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Looks what can be done with a database, and whether it can be had for writing alone, right now.
 *
 * @throws SyncError SYNC_LOCKED where another program is writing to it or keeps it to itself
 */
export function inspectTarget(path: string, given: string, busyTimeoutMs: number): Target {
  if (!existsSync(path)) return { type: "missing" };
  let db: Database.Database | null = null;
  try {
    // Closing a connection that may write carries the log over: not into a file that cannot be read.
    readOnce(path, busyTimeoutMs);
    db = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
    db.exec("BEGIN EXCLUSIVE");
    const number = (pragma: string): number => db?.pragma(pragma, { simple: true }) as number;
    const journalMode = String(db.pragma("journal_mode", { simple: true }));
    const target = { cookie: number("schema_version"), pageSize: number("page_size"), journalMode };
    db.exec("ROLLBACK");
    return { type: "open", ...target };
  } catch (error) {
    if (isBusy(error)) throw locked(given, error);
    if (isDamageError(error)) return { type: "unreadable", reason: (error as Error).message };
    throw toSyncError(error, given);
  } finally {
    db?.close();
  }
}

/** Fails where SQLite finds no database; what a crash left to be recovered is for its next writer. */
function readOnce(path: string, busyTimeoutMs: number): void {
  const db = new Database(path, { readonly: true, timeout: busyTimeoutMs });
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch (error) {
    if (isDamageError(error) || isBusy(error)) throw error;
  } finally {
    db.close();
  }
}

/** What to write, where, and how the pairs' states will know that it happened. */
export interface Writing {
  readonly backup: string;
  readonly path: string;
  readonly given: string;
  readonly busyTimeoutMs: number;
  readonly onPages: (done: number, total: number) => void;
  /** Notes the sign in the states; called right before the one step that changes the database. */
  readonly note: (sign: RestoreSign) => void;
}

/**
 * Writes the backup into the file that is there, by SQLite's backup, in one transaction: whoever has it
 * open sees the restored rows, and never a half of them.
 *
 * @returns what somebody should know
 */
export async function writeInPlace(
  target: Extract<Target, { type: "open" }>,
  writing: Writing,
): Promise<readonly string[]> {
  const { backup, path, given, busyTimeoutMs, onPages, note } = writing;
  // A database in WAL mode cannot change its page size.
  const leavesWal = target.journalMode === "wal" && pageSizeOf(backup) !== target.pageSize;
  if (leavesWal) setJournalMode(path, given, "delete");
  // SQLite's backup gives the target the next schema cookie, so that others read the schema anew.
  note({ type: "cookie", before: target.cookie, after: target.cookie + 1 });
  await copyDatabase(backup, path, { busyTimeoutMs, fromName: backup, toName: given, onPages });
  if (cookieOf(path) === target.cookie) throw locked(given, null);
  await syncTarget(path);
  return leavesWal ? backToWal(path, given) : [];
}

/** Whether a write that failed left the database as it was. */
export function isUntouched(path: string, sign: RestoreSign): boolean {
  if (sign.type === "file") return fileIdentity(path) !== sign.after;
  try {
    return cookieOf(path) === sign.before;
  } catch {
    return false;
  }
}

/**
 * Puts the backup in the place of a file that is missing or that SQLite cannot open: a copy beside it is
 * made first and takes its name in one step. Companions of the old file are set aside before that, since
 * SQLite would read them as the new one's.
 *
 * @returns what was set aside
 */
export async function writeNewFile(
  { stamp, journalMode }: { readonly stamp: string; readonly journalMode: string },
  writing: Writing,
): Promise<string[]> {
  const { backup, path, given, busyTimeoutMs, onPages, note } = writing;
  const draft = `${path}.dbsync-new`;
  removeDraft(draft);
  try {
    await copyDatabase(backup, draft, { busyTimeoutMs, fromName: backup, toName: given, onPages });
    if (journalMode === "wal") setJournalMode(draft, given, "wal");
    takeOwnership(draft, path);
    syncPath(draft);
    note({ type: "file", after: fileIdentity(draft) });
    const setAside = COMPANIONS.filter((suffix) => existsSync(`${path}${suffix}`)).map((suffix) => {
      const aside = `${path}.replaced-${stamp}${suffix}`;
      renameSync(`${path}${suffix}`, aside);
      return aside;
    });
    renameDurably(draft, path);
    return setAside;
  } catch (error) {
    removeDraft(draft);
    throw toSyncError(error, given);
  }
}

/** Run as a program of its own: copies each pair of paths and syncs the copy. */
const COPY_FILES = `
  const fs = require("node:fs");
  const paths = process.argv.slice(1);
  for (let i = 0; i < paths.length; i += 2) {
    fs.copyFileSync(paths[i], paths[i + 1]);
    const file = fs.openSync(paths[i + 1], "r");
    fs.fsyncSync(file);
    fs.closeSync(file);
  }`;

/**
 * Copies a database that SQLite cannot read, byte by byte, with what lies beside it. A child does it:
 * closing the file in this process would drop the locks of whoever has it open here (SQLITE_NOTES 1).
 *
 * @param copyAs - where the file goes
 * @param companionsAs - where its `-wal` and `-journal` go, without that ending
 */
export function copyBytes(path: string, copyAs: string, companionsAs: string): void {
  const companions = ["-wal", "-journal"].filter((suffix) => existsSync(`${path}${suffix}`));
  const pairs = [
    ...companions.flatMap((suffix) => [`${path}${suffix}`, `${companionsAs}${suffix}`]),
    path,
    copyAs,
  ];
  const child = spawnSync(process.execPath, ["-e", COPY_FILES, ...pairs], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.status === 0) return;
  const text = String(child.stderr);
  const isFull = /ENOSPC|EDQUOT/.test(text);
  throw new SyncError(
    isFull ? "SYNC_DISK_FULL" : "SYNC_IO",
    `${path} could not be copied to ${copyAs}${isFull ? ": the disk is full" : ""}.`,
    { cause: child.error ?? text },
  );
}

function pageSizeOf(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return db.pragma("page_size", { simple: true }) as number;
  } finally {
    db.close();
  }
}

async function syncTarget(path: string): Promise<void> {
  const syncer = createFileSyncer();
  try {
    await makeFileDurable(path, syncer.sync);
  } finally {
    syncer.close();
  }
}

function cookieOf(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return db.pragma("schema_version", { simple: true }) as number;
  } finally {
    db.close();
  }
}

/** By now the rows are there: that somebody came in between is no failure any more. */
function backToWal(path: string, given: string): string[] {
  try {
    setJournalMode(path, given, "wal");
    return [];
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return [`${given} was in WAL mode and is in rollback mode now, since it is in use.`];
  }
}

function setJournalMode(path: string, given: string, mode: "delete" | "wal"): void {
  const db = new Database(path);
  try {
    const found = db.pragma(`journal_mode = ${mode}`, { simple: true });
    if (found !== mode) throw locked(given, null);
  } catch (error) {
    throw isBusy(error) ? locked(given, error) : toSyncError(error, given);
  } finally {
    db.close();
  }
}

/** The new file belongs to whom the old one did, as far as we may say so. */
function takeOwnership(draft: string, path: string): void {
  const old = statSync(path, { throwIfNoEntry: false });
  if (old === undefined) return;
  chmodSync(draft, old.mode & 0o7777);
  const own = statSync(draft);
  if (own.uid === old.uid && own.gid === old.gid) return;
  try {
    chownSync(draft, old.uid, old.gid);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  }
}

function removeDraft(draft: string): void {
  for (const suffix of ["", ...COMPANIONS]) rmSync(`${draft}${suffix}`, { force: true });
}

function locked(given: string, cause: unknown): SyncError {
  return new SyncError("SYNC_LOCKED", `${given} is in use by another program.`, {
    cause,
    next: "Stop the programs that use it (`dbsync stop` for a watcher), then restore again.",
  });
}
