import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { toSyncError } from "../sqlite/errors.ts";
import type { StateLocation } from "../state/location.ts";
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
  const open = (): Database.Database =>
    openAttached({ a, b, ...anc, state }, false, request.settings.busyTimeoutMs);
  let db: Database.Database;
  try {
    db = open();
  } catch (error) {
    if (!isStateDamage(error)) throw error;
    if (request.lineage !== "forget") throw stateDamaged(location, error);
    discardState(location.stateFile);
    db = open();
  }
  // A first run fills the base once: without a log the pages are written once. Later runs write little, and sync less.
  db.pragma(`state.journal_mode = ${hasAnyBase(db) ? "WAL" : "DELETE"}`);
  db.pragma("state.synchronous = NORMAL");
  return db;
}

/** Both sides and the state, if there is one, to be read only. */
export function connectForDryRun(request: RunRequest, location: StateLocation): Database.Database {
  const { a, b } = request.files;
  const anc = request.ancestor === null ? {} : { anc: request.ancestor };
  const state = existsSync(location.stateFile)
    ? { state: { path: location.stateFile, given: "the state of this pair", writable: false } }
    : {};
  try {
    return openAttached({ a, b, ...anc, ...state }, true, request.settings.busyTimeoutMs);
  } catch (error) {
    throw isStateDamage(error) ? stateDamaged(location, error) : error;
  }
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

function isStateDamage(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  const code = error instanceof SyncError ? error.code : "";
  return (
    text.startsWith("the state of this pair") &&
    (code === "SYNC_CORRUPT" || code === "SYNC_NOT_A_DATABASE")
  );
}

function stateDamaged(location: StateLocation, cause: unknown): SyncError {
  return new SyncError(
    "SYNC_STATE_DAMAGED",
    `The state of this pair in ${location.folder} is damaged.`,
    { cause },
  );
}

/** Sets a damaged state aside, for whoever wants to look at its ledger; never deletes it. */
function discardState(path: string): void {
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${path}${suffix}`, { force: true });
  renameSync(path, `${path}.damaged`);
  createStateFile(path);
}
