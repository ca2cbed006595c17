import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { openAttached } from "../sqlite/connection.ts";
import { findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { locateState } from "../state/location.ts";
import { isOtherWayRound } from "../state/sides.ts";
import { refuseOtherFormat } from "../state/format.ts";
import { blame } from "./blame.ts";
import type { Pair } from "./options.ts";

/** Where a pair and its state are, as plain data. */
export interface StateCall {
  readonly pair: Pair;
  readonly stateDir: string;
  /** How the tables are seen, in the caller's terms. */
  readonly view?: ViewOptions;
  readonly busyTimeoutMs: number;
}

/** A pair's state, open for reading. */
export interface OpenState {
  /** The state is attached as `state`; where they were asked for, the sides as `a` and `b`, in the state's order. */
  readonly db: Database.Database;
  /** The caller's `a` is the state's `b`. */
  readonly swapped: boolean;
}

/**
 * Reads a pair's state, and writes nothing.
 *
 * @param withSides - attach the two databases as well
 * @param read - what it returns must be read to its end: the connection is closed then
 * @returns `null` where there is no state yet
 * @throws SyncError SYNC_DB_MISSING and what else keeps a file from being found; SYNC_STATE_DAMAGED
 */
export function readState<T>(
  call: StateCall,
  withSides: boolean,
  read: (state: OpenState) => T,
): T | null {
  const { pair, stateDir, busyTimeoutMs } = call;
  const given = {
    a: findDatabase(pair.a, { write: false }),
    b: findDatabase(pair.b, { write: false }),
  };
  refuseSameFile(given.a, given.b);
  const location = locateState(stateDir, given.a.path, given.b.path);
  if (!existsSync(location.stateFile)) return null;
  const swapped = isOtherWayRound(stateDir, given.a.path, given.b.path);
  const sides = swapped ? { a: given.b, b: given.a } : given;
  const state = { path: location.stateFile, given: "the state of this pair", writable: false };
  try {
    const db = openAttached({ ...(withSides ? sides : {}), state }, true, busyTimeoutMs);
    try {
      refuseOtherFormat(db);
      return hasTables(db) ? read({ db, swapped }) : null;
    } finally {
      db.close();
    }
  } catch (error) {
    throw blame(error, { files: [given.a, given.b], location });
  }
}

/** A first run that was killed at once leaves an empty file. */
function hasTables(db: Database.Database): boolean {
  const sql = "SELECT 1 FROM state.sqlite_schema WHERE name = 'sync_ledger'";
  return db.prepare(sql).get() !== undefined;
}
