import type Database from "better-sqlite3";
import { isSyncError } from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { carryRestore } from "../state/carry-restore.ts";
import { lockPair } from "../state/lock.ts";
import type { PairLock } from "../state/lock.ts";
import { clearRestoreNote, noteRestore, readRestoreNote } from "../state/restored.ts";
import type { RestoreNote } from "../state/restored.ts";
import { statesOf } from "../state/sides.ts";
import type { StateOfSide } from "../state/sides.ts";
import type { Manifest } from "./manifest.ts";
import type { RestoredPair } from "./options.ts";

/** The states of the pairs of a database, whose runs wait meanwhile. */
export interface ToldStates {
  readonly states: readonly StateOfSide[];
  /** Pairs for which an earlier restore was begun and not ended. */
  readonly interrupted: readonly RestoreNote[];
  /** States that cannot be told: damaged, or of another version. */
  readonly notices: readonly string[];
  /** Notes in each of them that a restore is about to take place. */
  note(note: Omit<RestoreNote, "mark">, manifest: Manifest | null): void;
  /** It did not take place. */
  withdraw(): void;
  /** It did: carries it into each base. */
  carry(): RestoredPair[];
  release(): void;
}

/**
 * Keeps the runs of all pairs of a database waiting.
 *
 * @throws SyncError SYNC_PAIR_BUSY where one is under way
 */
export function holdStates(stateDir: string, database: string, busyTimeoutMs: number): ToldStates {
  const locks: PairLock[] = [];
  const release = (): void => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    const all = statesOf(stateDir, database);
    for (const { location } of all) locks.push(lockPair(location, busyTimeoutMs));
    const readable = all.filter((state) => isReadable(state, busyTimeoutMs));
    const notices = all
      .filter((state) => !readable.includes(state))
      .map(({ location }) => `The state in ${location.folder} cannot be read and was left alone.`);
    return createToldStates({ states: readable, notices, busyTimeoutMs, release });
  } catch (error) {
    release();
    throw error;
  }
}

interface Held extends Pick<ToldStates, "states" | "notices" | "release"> {
  readonly busyTimeoutMs: number;
}

function createToldStates({ states, notices, busyTimeoutMs, release }: Held): ToldStates {
  const inEach = <Result>(use: (db: Database.Database, state: StateOfSide) => Result): Result[] =>
    states.map((state) => {
      const db = openState(state, busyTimeoutMs);
      try {
        return use(db, state);
      } finally {
        db.close();
      }
    });
  return {
    states,
    notices,
    release,
    interrupted: inEach((db, { side }) => readRestoreNote(db, side)).filter((one) => one !== null),
    note: (note, manifest) => {
      inEach((db, { side }) => {
        const id = db.prepare("SELECT value FROM state.sync_meta WHERE name = 'id'").pluck().get();
        const mark = manifest?.marks.find(({ state }) => state === id) ?? null;
        noteRestore(db, side, { ...note, mark });
      });
    },
    withdraw: () => void inEach((db, { side }) => clearRestoreNote(db, side)),
    carry: () =>
      inEach((db, { side, sides }) => {
        const note = readRestoreNote(db, side);
        return { ...sides, side, tables: note === null ? [] : carryRestore(db, side, note) };
      }),
  };
}

function openState({ location }: StateOfSide, busyTimeoutMs: number): Database.Database {
  const state = { path: location.stateFile, given: "the state of this pair", writable: true };
  return openAttached({ state }, false, busyTimeoutMs);
}

function isReadable(state: StateOfSide, busyTimeoutMs: number): boolean {
  try {
    const db = openState(state, busyTimeoutMs);
    try {
      return (
        db.prepare("SELECT 1 FROM state.sqlite_schema WHERE name = 'sync_meta'").get() !== undefined
      );
    } finally {
      db.close();
    }
  } catch (error) {
    if (isSyncError(error) && /^SYNC_(?:CORRUPT|NOT_A_DATABASE)$/.test(error.code)) return false;
    throw error;
  }
}
