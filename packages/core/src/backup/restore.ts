import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { SyncError, isSyncError } from "@sync/model";
import { toSyncError } from "../sqlite/errors.ts";
import { canonicalPath, findDatabase } from "../sqlite/files.ts";
import type { PairLock } from "../state/lock.ts";
import { watcherOf } from "../state/watch-registry.ts";
import { filesNamed, freeName, prepareFolder } from "./backup-folder.ts";
import { chooseBackup } from "./choose-backup.ts";
import type { ChosenBackup } from "./choose-backup.ts";
import { copyDatabase } from "./copy-database.ts";
import { leaveWalMode, outlineOf } from "./describe-database.ts";
import type { BackupHooks, RestoreFrom, RestoreReport } from "./options.ts";
import { removeExpired } from "./remove-expired.ts";
import {
  copyBytes,
  inspectTarget,
  isUntouched,
  writeInPlace,
  writeNewFile,
} from "./restore-target.ts";
import type { Target, Writing } from "./restore-target.ts";
import type { RestoreSign } from "../state/restored.ts";
import { marksOf } from "./state-marks.ts";
import { copyToDraft, finishBackup, lockFolder } from "./take-backup.ts";
import type { Taken, TakeCall } from "./take-backup.ts";
import { holdStates } from "./tell-states.ts";
import type { ToldStates } from "./tell-states.ts";

/** A restore, as plain data. */
export interface RestoreCall extends Omit<TakeCall, "kind"> {
  readonly from: RestoreFrom;
}

/** A restore at work. */
interface Restoring extends RestoreCall {
  /** The database's canonical path. */
  readonly path: string;
  readonly folder: string;
  readonly states: ToldStates;
  readonly hooks: BackupHooks;
}

/**
 * Puts a backup back: looks it through, keeps a copy of what it replaces, writes it in one transaction
 * into the file that is there, and tells the states of all pairs, so that the next run brings the database
 * forward instead of carrying old values over.
 *
 * Killed at any moment, the database holds the old or the new content, and the next run or restore finds
 * out which.
 *
 * @throws SyncError SYNC_DB_MISSING, SYNC_CORRUPT for the backup; SYNC_WATCHED, SYNC_LOCKED, SYNC_PAIR_BUSY where others
 *   are in the way; SYNC_USAGE, SYNC_DISK_FULL, SYNC_PERMISSION where the copy of what would be replaced
 *   cannot be kept. Nothing was changed then.
 */
export async function restoreDatabase(
  call: RestoreCall,
  hooks: BackupHooks,
): Promise<RestoreReport> {
  const started = performance.now();
  const path = findTarget(call.database);
  refuseWatched(call, path);
  const folder = prepareFolder(call.root, path);
  let [lock, states]: [PairLock | null, ToldStates | null] = [null, null];
  try {
    lock = lockFolder(folder, call);
    const chosen = await chooseBackup({ root: call.root, from: call.from, target: path }, hooks);
    states = holdStates(call.stateDir, path, call.busyTimeoutMs);
    const report = await restoreChosen({ ...call, path, folder, states, hooks }, chosen);
    return { ...report, durationMs: Math.round(performance.now() - started) };
  } catch (error) {
    throw toSyncError(error, call.database);
  } finally {
    states?.release();
    lock?.release();
  }
}

/** The database need not exist; then its folder must. */
function findTarget(given: string): string {
  const path = canonicalPath(given);
  if (existsSync(path)) return findDatabase(given, { write: true }).path;
  if (existsSync(dirname(path))) return path;
  throw new SyncError("SYNC_DB_MISSING", `There is no folder ${dirname(path)}.`, {
    next: "Check the path, or make the folder first.",
  });
}

/** A watcher would carry on in the middle of it. */
function refuseWatched({ stateDir, database }: RestoreCall, path: string): void {
  const watcher = watcherOf(stateDir, [path]);
  if (watcher === null) return;
  throw new SyncError("SYNC_WATCHED", `Process ${watcher.pid} watches ${database}.`, {
    next: "Stop it first (`dbsync stop`), restore, then watch again.",
    details: { pid: watcher.pid, startedMs: watcher.startedMs },
  });
}

async function restoreChosen(
  work: Restoring,
  chosen: ChosenBackup,
): Promise<Omit<RestoreReport, "durationMs">> {
  const { states, hooks, path, folder, database } = work;
  const stage = await stageBackup(work, chosen);
  try {
    const target = inspectTarget(path, database, work.busyTimeoutMs);
    const replaced = await keepReplaced(work, target);
    hooks.onStep("kept");
    const { notices, ...written } = await writeBackup(work, { stage, chosen, target, replaced });
    hooks.onStep("written");
    refuseOther(stage, path, replaced);
    const pairs = states.carry();
    hooks.onStep("told");
    await removeExpired(folder, { ...work, source: path });
    return {
      schemaVersion: 1,
      command: "restore",
      database,
      from: chosen.path,
      manifest: chosen.manifest,
      replaced,
      ...written,
      pairs,
      notices: [...chosen.notices, ...interruptedNotices(states), ...states.notices, ...notices],
    };
  } finally {
    if (stage !== chosen.path) rmSync(stage, { force: true });
  }
}

/** Of a file that is none of our backups a copy is taken: it may be open elsewhere, or have a log beside it. */
async function stageBackup(
  { folder, nowMs, busyTimeoutMs, hooks }: Restoring,
  { path, manifest }: ChosenBackup,
): Promise<string> {
  if (manifest !== null) return path;
  const { draft } = filesNamed(folder, freeName(folder, nowMs));
  const stage = `${draft.slice(0, -".part".length)}-given.part`;
  await copyDatabase(path, stage, {
    busyTimeoutMs,
    fromName: path,
    toName: folder,
    onPages: () => hooks.throwIfCancelled(),
  });
  leaveWalMode(stage);
  return stage;
}

/** What is going to be replaced becomes a backup of its own, complete before anything is written. */
async function keepReplaced(work: Restoring, target: Target): Promise<string | null> {
  const { path, database, states, hooks } = work;
  if (target.type === "missing") return null;
  const source = { path, given: database, writable: true };
  const marks = marksOf(states.states);
  if (target.type === "open") {
    try {
      const taken = await copyToDraft({ ...work, source, kind: "replaced" }, hooks, marks);
      await finishBackup(taken, hooks);
      return taken.files.database;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  const taken = copyUnreadable(work, target, marks);
  await finishBackup(taken, hooks);
  return taken.files.database;
}

function copyUnreadable(
  { path, folder, database, nowMs }: Restoring,
  target: Target,
  marks: Taken["start"]["marks"],
): Taken {
  const files = filesNamed(folder, freeName(folder, nowMs));
  copyBytes(path, files.draft, files.database);
  const reason = target.type === "unreadable" ? target.reason : "its pages cannot be read";
  return {
    files,
    given: database,
    start: {
      kind: "replaced",
      time: new Date(nowMs).toISOString(),
      source: path,
      journalMode: "",
      marks,
    },
    description: {
      pageSize: 0,
      pages: 0,
      encoding: "",
      schemaDigest: "",
      tables: [],
      problems: [`SQLite cannot open it: ${reason}`],
    },
  };
}

/** What is written, over what. */
interface Exchange {
  /** The backup, or our copy of the file that was named. */
  readonly stage: string;
  readonly chosen: ChosenBackup;
  readonly target: Target;
  readonly replaced: string | null;
}

async function writeBackup(
  work: Restoring,
  { stage, chosen, target, replaced }: Exchange,
): Promise<Pick<RestoreReport, "how" | "setAside" | "notices">> {
  const { states, hooks, path, database, nowMs, busyTimeoutMs } = work;
  const { manifest } = chosen;
  const isOwn = manifest?.source === path;
  let noted: RestoreSign | null = null;
  const writing: Writing = {
    backup: stage,
    path,
    given: database,
    busyTimeoutMs,
    onPages: (done, total) => {
      hooks.onStep("writing");
      hooks.onProgress({ phase: "write", table: database, done, total });
    },
    note: (sign) => {
      noted = sign;
      const sha256 = manifest?.sha256 ?? "";
      const note = { backup: stage, sha256, sign, replaced, timeMs: nowMs };
      states.note(note, isOwn ? manifest : null);
      hooks.onStep("noted");
    },
  };
  try {
    if (target.type === "open") {
      try {
        const notices = await writeInPlace(target, writing);
        return { how: "in-place", setAside: [], notices };
      } catch (error) {
        if (!isUnreadable(error)) throw error;
      }
    }
    const stamp = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "");
    const journalMode = manifest?.journalMode ?? "";
    const setAside = await writeNewFile({ stamp, journalMode }, writing);
    return { how: "new-file", setAside, notices: [] };
  } catch (error) {
    // What cannot be told now is told by the next run, from the note.
    if (noted === null || isUntouched(path, noted)) states.withdraw();
    throw error;
  }
}

function isUnreadable(error: unknown): boolean {
  return isSyncError(error) && /^SYNC_(?:CORRUPT|NOT_A_DATABASE)$/.test(error.code);
}

/** The driver can take a lock that it met for the end: what was written is compared with the backup. */
function refuseOther(backup: string, path: string, replaced: string | null): void {
  const [wanted, found] = [outlineOf(backup, backup), outlineOf(path, path)];
  // By now an application may have gone on writing: definitions stay, and so does the page count mostly.
  if (wanted.schemaDigest === found.schemaDigest) return;
  throw new SyncError("SYNC_VERIFY_FAILED", `${path} does not hold what the backup does.`, {
    next: `What it held before is in ${replaced ?? "no copy: it did not exist"}. Stop the programs that use it, and restore again.`,
  });
}

function interruptedNotices({ interrupted }: ToldStates): string[] {
  if (interrupted.length === 0) return [];
  return ["An earlier restore of this database was interrupted; this one finished it."];
}
