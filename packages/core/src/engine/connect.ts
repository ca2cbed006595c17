import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import type Database from "better-sqlite3";
import { isSyncError } from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { toSyncError } from "../sqlite/errors.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { StateLocation } from "../state/location.ts";
import { isStateDamaged } from "../state/damage.ts";
import { hasAnyBase } from "../state/store.ts";
import type { RunRequest } from "./request.ts";

/**
 * Both sides and the state, to be written. A state that is damaged is set aside where the user said
 * `--lineage forget`.
 */
export function connectForRun(request: RunRequest, location: StateLocation): Database.Database {
  const { a, b } = request.files;
  createStateFile(location.stateFile);
  const anc = request.ancestor === null ? {} : { anc: request.ancestor };
  const state = { path: location.stateFile, given: "the state of this pair", writable: true };
  const { busyTimeoutMs } = request.settings;
  if (request.lineage === "forget") {
    const isFit = !isStateDamaged(location.stateFile) && canStandBeside(state, a, busyTimeoutMs);
    if (!isFit) discardState(location.stateFile);
  }
  const db = openAttached({ a, b, ...anc, state }, false, busyTimeoutMs);
  try {
    setStateModes(db);
    return db;
  } catch (error) {
    // Nobody else knows of it, and it would keep its locks until it is collected.
    db.close();
    throw error;
  }
}

/** Not where the databases have another text encoding by now than those that the state was made for. */
function canStandBeside(state: DatabaseFile, side: DatabaseFile, busyTimeoutMs: number): boolean {
  try {
    openAttached({ side, state }, true, busyTimeoutMs).close();
    return true;
  } catch (error) {
    if (isSyncError(error) && error.code === "SYNC_SCHEMA_MISMATCH") return false;
    throw error;
  }
}

/** How the state is written at the beginning of a run. */
export function setStateModes(db: Database.Database): void {
  // A first run fills the base once: without a log the pages are written once. Later runs write little, and sync less.
  const isKnown = hasAnyBase(db);
  db.pragma(`state.journal_mode = ${isKnown ? "WAL" : "DELETE"}`);
  // Where power fails, a journal whose header reached the disk before its pages would be played back as garbage:
  // NORMAL is sound with a log only.
  db.pragma(`state.synchronous = ${isKnown ? "NORMAL" : "FULL"}`);
}

/** Both sides and the state, if there is one, to be read only. */
export function connectForDryRun(request: RunRequest, location: StateLocation): Database.Database {
  const { a, b } = request.files;
  const anc = request.ancestor === null ? {} : { anc: request.ancestor };
  const state = existsSync(location.stateFile)
    ? { state: { path: location.stateFile, given: "the state of this pair", writable: false } }
    : {};
  return openAttached({ a, b, ...anc, ...state }, true, request.settings.busyTimeoutMs);
}

/** For its owner only: SQLite gives journals the permissions of the database. */
function createStateFile(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    throw toSyncError(error, path);
  }
}

/** Sets a damaged state aside, for whoever wants to look at its ledger; never deletes it. */
function discardState(path: string): void {
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${path}${suffix}`, { force: true });
  renameSync(path, `${path}.damaged-${Date.now()}`);
  createStateFile(path);
}
