import { otherSide } from "@sync/model";
import type { ConflictKind, Key, Row, Side } from "@sync/model";
import { readLedger } from "../state/ledger.ts";
import type { LedgerQuery, Loss } from "../state/ledger.ts";
import { hasUnfinishedRun } from "../state/runs.ts";
import { readState } from "./open-state.ts";
import type { StateCall } from "./open-state.ts";
import { swapRows } from "./orientation.ts";

/** One value that lost a conflict, or was overwritten by hand. */
export interface LedgerEntry {
  readonly id: number;
  readonly runId: string;
  readonly timeMs: number;
  readonly table: string;
  readonly key: Key;
  readonly kind: ConflictKind;
  /** The side that lost. Where its row is `null`, what lost is its deletion of the row. */
  readonly side: Side;
  /** The side whose values came out, where one did. */
  readonly winner: Side | null;
  readonly policy: string;
  readonly reason: string;
  /** The row as base and sides held it when the conflict was decided; `null`: there was none. */
  readonly base: Row | null;
  readonly a: Row | null;
  readonly b: Row | null;
  /** What came out; `null`: the row was deleted. */
  readonly result: Row | null;
  /** `false`: not known, since the run was interrupted and somebody edited the row before it was finished. */
  readonly isResultKnown: boolean;
  /** Nothing lost: the row was kept under a fresh key, which the reason names. */
  readonly isRenumbered: boolean;
}

/** Entries of the ledger, the newest first. */
export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** How many there are, without the limit. */
  readonly total: number;
  /**
   * A run of the pair was interrupted, or is under way: what it overwrote is listed once a run has ended. Until
   * then it cannot be told which of its writes took place.
   */
  readonly isUnfinished: boolean;
}

/** What lost in the runs of a pair. Empty where nothing is remembered of the pair. */
export function listLedger(call: StateCall, query: LedgerQuery): LedgerPage {
  const page = readState(call, false, ({ db, swapped }) => {
    const { entries, total } = readLedger(db, query);
    const isUnfinished = hasUnfinishedRun(db);
    return { entries: entries.map((loss) => toEntry(loss, swapped)), total, isUnfinished };
  });
  return page ?? { entries: [], total: 0, isUnfinished: false };
}

function toEntry(loss: Loss, swapped: boolean): LedgerEntry {
  if (!swapped) return loss;
  const winner = loss.winner === null ? null : otherSide(loss.winner);
  return { ...swapRows(loss), side: otherSide(loss.side), winner };
}
