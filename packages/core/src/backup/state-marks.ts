import Database from "better-sqlite3";
import { isSyncError } from "@sync/model";
import { sqliteCode } from "../sqlite/errors.ts";
import { readMark } from "../state/epoch.ts";
import type { StateMark } from "../state/epoch.ts";
import { lockPair } from "../state/lock.ts";
import type { PairLock } from "../state/lock.ts";
import { statesOf } from "../state/sides.ts";
import type { StateOfSide } from "../state/sides.ts";

/** Pairs whose runs wait while a database is copied, and where their states stand. */
export interface HeldPairs {
  readonly marks: readonly StateMark[];
  release(): void;
}

/**
 * Keeps the runs of a database's pairs waiting while it is copied, so that each run surely read it before
 * the copy or after. A pair whose run takes longer is left alone and without a mark: a restore then has
 * to find out by the rows.
 */
export function holdPairs(stateDir: string, database: string, timeoutMs: number): HeldPairs {
  const locks: PairLock[] = [];
  const marks: StateMark[] = [];
  for (const { location } of statesOf(stateDir, database)) {
    try {
      locks.push(lockPair(location, timeoutMs));
    } catch (error) {
      if (isSyncError(error)) continue;
      throw error;
    }
    const mark = markOf(location.stateFile);
    if (mark !== null) marks.push(mark);
  }
  return {
    marks,
    release: () => {
      for (const lock of locks) lock.release();
    },
  };
}

/** Where states stand whose runs are kept waiting already. */
export function marksOf(states: readonly StateOfSide[]): StateMark[] {
  return states.flatMap(({ location }) => markOf(location.stateFile) ?? []);
}

/** A state that cannot be read says nothing; the next run complains about it. */
function markOf(stateFile: string): StateMark | null {
  let db: Database.Database | null = null;
  try {
    db = new Database(stateFile, { readonly: true });
    return readMark(db, "main");
  } catch (error) {
    if (sqliteCode(error) === "") throw error;
    return null;
  } finally {
    db?.close();
  }
}
