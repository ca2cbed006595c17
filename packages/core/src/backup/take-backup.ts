import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { sha256Of, syncPath, writeDurably } from "../sqlite/durable-file.ts";
import { isBusy, toSyncError } from "../sqlite/errors.ts";
import { findDatabase } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { StateMark } from "../state/epoch.ts";
import { lockFile } from "../state/lock.ts";
import type { PairLock } from "../state/lock.ts";
import { filesNamed, freeName, prepareFolder } from "./backup-folder.ts";
import type { BackupFiles } from "./backup-folder.ts";
import { copyDatabase } from "./copy-database.ts";
import { describeDatabase, leaveWalMode } from "./describe-database.ts";
import type { Description } from "./describe-database.ts";
import { manifestText } from "./manifest.ts";
import type { BackupKind, Manifest } from "./manifest.ts";
import type { BackupHooks, BackupReport, BackupRoot, RetentionLimits } from "./options.ts";
import { removeExpired } from "./remove-expired.ts";
import { holdPairs } from "./state-marks.ts";

/** A backup to take, as plain data. */
export interface TakeCall {
  readonly database: string;
  readonly root: BackupRoot;
  readonly kind: BackupKind;
  readonly limits: RetentionLimits;
  readonly stateDir: string;
  readonly busyTimeoutMs: number;
  readonly nowMs: number;
}

/**
 * Takes an online backup: a consistent copy while others go on writing, looked through, with a manifest.
 * It has its name when it is complete, and counts when its manifest is there, which comes last. A backup
 * that was interrupted leaves a draft that the next one removes.
 *
 * @throws SyncError SYNC_DB_MISSING and what else keeps the database from being read; SYNC_USAGE for a
 *   root that is no place for backups; SYNC_DISK_FULL, SYNC_PERMISSION, SYNC_LOCKED, SYNC_CANCELLED
 */
export async function takeBackup(call: TakeCall, hooks: BackupHooks): Promise<BackupReport> {
  const started = performance.now();
  const source = findDatabase(call.database, { write: false });
  const folder = prepareFolder(call.root, source.path);
  const lock = lockFolder(folder, call);
  try {
    const held = holdPairs(call.stateDir, source.path, call.busyTimeoutMs);
    let taken: Taken;
    try {
      taken = await copyToDraft({ ...call, source, folder }, hooks, held.marks);
    } finally {
      held.release();
    }
    const manifest = await finishBackup(taken, hooks);
    const removed = await removeExpired(folder, { ...call, source: source.path });
    return {
      schemaVersion: 1,
      command: "backup",
      database: call.database,
      backup: taken.files.database,
      root: call.root.path,
      manifest,
      removed,
      durationMs: Math.round(performance.now() - started),
    };
  } catch (error) {
    throw toSyncError(error, `The backup of ${call.database} in ${folder}`);
  } finally {
    lock.release();
  }
}

/** A copy that is complete and has no name yet. */
export interface Taken {
  readonly files: BackupFiles;
  /** What is known before it was looked through. */
  readonly start: Pick<Manifest, "kind" | "time" | "source" | "journalMode" | "marks">;
  /** The database as the user named it. */
  readonly given: string;
  /** Filled in where the copy is a byte copy of what SQLite cannot read. */
  readonly description?: Description;
}

/** Whose copy, and where to. */
export interface CopyTask extends Pick<TakeCall, "kind" | "busyTimeoutMs" | "nowMs"> {
  readonly source: DatabaseFile;
  readonly folder: string;
}

/** One backup of a database at a time: what is unfinished in its folder then is nobody's. */
export function lockFolder(
  folder: string,
  { busyTimeoutMs }: Pick<TakeCall, "busyTimeoutMs">,
): PairLock {
  const lock = lockBackups(folder, busyTimeoutMs);
  const drafts = readdirSync(folder).filter((name) => /\.part(?:-journal|-wal|-shm)?$/.test(name));
  for (const file of drafts) rmSync(join(folder, file), { force: true });
  return lock;
}

function lockBackups(folder: string, busyTimeoutMs: number): PairLock {
  try {
    return lockFile(join(folder, "lock.sqlite"), busyTimeoutMs);
  } catch (cause) {
    if (!isBusy(cause)) throw toSyncError(cause, `The folder of backups ${folder}`);
    throw new SyncError("SYNC_LOCKED", `Another backup or restore uses ${folder} right now.`, {
      cause,
      next: "Wait for it to end, then try again.",
    });
  }
}

/** The copy itself: the only part during which the database is read. */
export async function copyToDraft(
  task: CopyTask,
  hooks: BackupHooks,
  marks: readonly StateMark[],
): Promise<Taken> {
  const { source, folder, kind, busyTimeoutMs, nowMs } = task;
  const files = filesNamed(folder, freeName(folder, nowMs));
  hooks.onStep("copying");
  try {
    await copyDatabase(source.path, files.draft, {
      busyTimeoutMs,
      fromName: source.given,
      toName: folder,
      onPages: (done, total) => {
        hooks.throwIfCancelled();
        hooks.onStep("copying");
        hooks.onProgress({ phase: "read", table: source.given, done, total });
      },
    });
    const journalMode = journalModeOf(files.draft);
    leaveWalMode(files.draft);
    hooks.onStep("copied");
    const time = new Date(nowMs).toISOString();
    const start = { kind, time, source: source.path, journalMode, marks };
    return { files, start, given: source.given };
  } catch (error) {
    removeDraft(files);
    throw error;
  }
}

/** Looks the copy through, gives it its name, and last its manifest. */
export async function finishBackup(taken: Taken, hooks: BackupHooks): Promise<Manifest> {
  const { files, start, given } = taken;
  try {
    hooks.throwIfCancelled();
    hooks.onProgress({ phase: "verify", table: given, done: 0, total: 0 });
    const description = taken.description ?? describeDatabase(files.draft, given);
    syncPath(files.draft);
    const { size: bytes } = statSync(files.draft);
    const sha256 = await sha256Of(files.draft, (done) => {
      hooks.throwIfCancelled();
      hooks.onProgress({ phase: "verify", table: given, done, total: bytes });
    });
    const manifest: Manifest = {
      schemaVersion: 1,
      tool: "dbsync",
      ...start,
      bytes,
      sha256,
      ...description,
    };
    renameSync(files.draft, files.database);
    hooks.onStep("named");
    // Syncs the folder, too, and with it the name above.
    writeDurably(files.manifest, manifestText(manifest));
    hooks.onStep("described");
    return manifest;
  } catch (error) {
    removeDraft(files);
    throw error;
  }
}

function journalModeOf(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    return String(db.pragma("journal_mode", { simple: true }));
  } finally {
    db.close();
  }
}

/** What has no manifest does not count; what could not be finished goes. */
function removeDraft(files: BackupFiles): void {
  for (const path of [files.draft, files.database]) {
    for (const suffix of ["", "-journal", "-wal", "-shm"])
      rmSync(`${path}${suffix}`, { force: true });
  }
}
