import type Database from "better-sqlite3";
import { SyncError, otherSide } from "@sync/model";
import type { Key, Side } from "@sync/model";
import { lostTheSame, readLosses } from "../state/ledger.ts";
import type { LossKey } from "../state/ledger.ts";
import { UNDO } from "./by-whom.ts";
import type { PickOutcome } from "./chosen-rows.ts";
import type { HandCall, LimitedRun } from "./limited-call.ts";
import { runLimited } from "./limited-call.ts";
import { readState } from "./open-state.ts";
import type { CallHooks } from "./prepare.ts";
import type { HandResult } from "./resolve.ts";

/** What to give back: one entry of the ledger, or all that a run lost. */
export type UndoTarget =
  | { readonly entry: number }
  /** A run's id, or a beginning of it that no other run has. */
  | { readonly run: string };

/** How to give it back, as plain data. */
export interface UndoWish {
  /** Whose values, where both sides' lost. */
  readonly side?: Side;
  /** Also rows that were changed again since. */
  readonly force?: boolean;
}

/** What became of one entry. */
export interface UndoOutcome {
  readonly entry: number;
  readonly table: string;
  readonly key: Key;
  /** The side whose value it is. */
  readonly side: Side;
  /**
   * `given-back`; `already`: both sides hold it; `moved`: the row was changed again since, and nothing
   * was done; `choose-side`: both sides' values lost, and it was not said whose is meant; `refused`: a
   * constraint is in the way, or the table has no key.
   */
  readonly outcome: "given-back" | "already" | "moved" | "choose-side" | "refused";
  readonly reason: string;
}

/** What came of giving back. */
export interface UndoReport {
  readonly schemaVersion: 1;
  readonly command: "undo";
  readonly dryRun: boolean;
  /** The run that gave it back; it can be undone in turn. `null`: nothing was to be done. */
  readonly runId: string | null;
  readonly entries: readonly UndoOutcome[];
}

/**
 * Gives back what lost, as a normal edit of both sides: nothing of what it overwrites is gone, either.
 *
 * @throws SyncError SYNC_USAGE where no entry or run has that number; what stops any run
 */
export async function callUndo(
  call: HandCall,
  hooks: CallHooks,
  target: UndoTarget,
  wish: UndoWish,
): Promise<HandResult<UndoReport>> {
  const ledger = readState(call, false, ({ db, swapped }) => {
    const losses = readLosses(db, target);
    return { swapped, losses, chosen: chooseLosses(db, losses, inside(wish.side, swapped)) };
  });
  const { losses = [], chosen = [], swapped = false } = ledger ?? {};
  refuseUnknown(target, losses);
  const run = chosen.length === 0 ? null : await runLimited(call, hooks, limitedRun(chosen, wish));
  const picks = new Map(run?.picks.map((pick) => [pick.pick, pick]));
  const isChosen = new Set(chosen.map(({ id }) => id));
  const isAnswered = new Set(chosen.map(({ conflict }) => conflict));
  const entries = losses
    // Of two that lost the same, the other one says nothing new.
    .filter(({ id, conflict }) => isChosen.has(id) || !isAnswered.has(conflict))
    .map((loss) => toOutcome(loss, inside(loss.side, swapped), picks.get(loss.id)));
  const runId = run?.report.runId ?? null;
  return {
    report: { schemaVersion: 1, command: "undo", dryRun: call.dryRun, runId, entries },
    run,
  };
}

/** A side by its other name, where the caller's order is not the state's. */
function inside<S extends Side | undefined>(side: S, swapped: boolean): S | Side {
  return side === undefined || !swapped ? side : otherSide(side);
}

function refuseUnknown(target: UndoTarget, losses: readonly LossKey[]): void {
  const next = "`dbsync ledger A B` lists what lost, with the number of each entry and run.";
  if (losses.length === 0) {
    const what =
      "entry" in target ? `entry ${target.entry}` : `run \`${target.run}\` in which anything lost`;
    throw new SyncError("SYNC_USAGE", `The ledger of this pair has no ${what}.`, { next });
  }
  const runs = new Set(losses.map(({ runId }) => runId));
  if (runs.size === 1) return;
  throw new SyncError("SYNC_USAGE", `${runs.size} runs begin like that.`, {
    next: "Write more of the run's id.",
  });
}

/** One value for each row. Where both sides lost different ones, and no side was named, none. */
function chooseLosses(
  db: Database.Database,
  losses: readonly LossKey[],
  side: Side | undefined,
): LossKey[] {
  const byConflict = new Map<number, LossKey[]>();
  for (const loss of losses.filter(({ hasKey }) => hasKey)) {
    byConflict.set(loss.conflict, [...(byConflict.get(loss.conflict) ?? []), loss]);
  }
  return [...byConflict.values()].flatMap((both) => {
    const [first] = both;
    if (first === undefined) return [];
    if (both.length === 1 || lostTheSame(db, first)) return [first];
    return both.filter((loss) => loss.side === side);
  });
}

function limitedRun(losses: readonly LossKey[], { force }: UndoWish): LimitedRun {
  return {
    policy: UNDO,
    chosen: {
      rows: losses.map(({ id, conflict, side, table }) => ({
        pick: id,
        owner: conflict,
        image: side,
        table,
      })),
      decisions: null,
      force: force === true,
    },
    keepBoth: () => undefined,
  };
}

function toOutcome(
  { id, table, key, hasKey }: LossKey,
  side: Side,
  pick: PickOutcome | undefined,
): UndoOutcome {
  const entry = { entry: id, table, key, side };
  if (pick === undefined) return { ...entry, ...(hasKey ? CHOOSE_SIDE : WITHOUT_KEY) };
  const { outcome, reason } = pick;
  if (outcome === "done") return { ...entry, outcome: "given-back", reason };
  return { ...entry, outcome, reason };
}

const CHOOSE_SIDE = {
  outcome: "choose-side",
  reason: "both sides' values lost: say whose to give back",
} as const;
const WITHOUT_KEY = {
  outcome: "refused",
  reason: "the row has no key by which it could be found again; the ledger shows its values",
} as const;
