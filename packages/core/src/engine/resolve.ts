import { SyncError, keyToText } from "@sync/model";
import type { Decision, Key } from "@sync/model";
import { swapHandDecision } from "../reconcile/by-hand.ts";
import type { HandDecision } from "../reconcile/by-hand.ts";
import { countParked, readInbox } from "../state/inbox.ts";
import type { Parked } from "../state/inbox.ts";
import { BY_HAND } from "./by-whom.ts";
import type { PickOutcome } from "./chosen-rows.ts";
import type { HandCall, LimitedRun } from "./limited-call.ts";
import { runLimited } from "./limited-call.ts";
import { readState } from "./open-state.ts";
import type { CallHooks } from "./prepare.ts";
import type { RunResult } from "./request.ts";

/** What a person decided about one open conflict. */
export interface ByHand {
  readonly id: number;
  readonly decision: HandDecision;
}

/** What became of a decision. */
export interface HandOutcome {
  readonly id: number;
  /** `null` where no open conflict had that number. */
  readonly table: string | null;
  readonly key: Key | null;
  /** `refused`: both sides and the inbox are as they were; `missing`: no open conflict has that number. */
  readonly outcome: "done" | "refused" | "missing";
  readonly reason: string;
}

/** What came of deciding by hand. */
export interface ResolveReport {
  readonly schemaVersion: 1;
  readonly command: "resolve";
  /** `null` where there was nothing to run for. */
  readonly runId: string | null;
  readonly rows: readonly HandOutcome[];
  /** Conflicts that are open in the inbox now. */
  readonly open: number;
}

/** A report, and what the events of its run are made from. */
export interface HandResult<Report> {
  readonly report: Report;
  readonly run: RunResult | null;
}

/**
 * Carries decisions of a person out, at once and for these rows only. Each row is decided as it is now.
 *
 * @throws SyncError SYNC_USAGE where one conflict is decided twice; what stops any run
 */
export async function callResolve(
  call: HandCall,
  hooks: CallHooks,
  decisions: readonly ByHand[],
): Promise<HandResult<ResolveReport>> {
  refuseTwice(decisions);
  const inbox = readState(call, false, ({ db, swapped }) => ({
    swapped,
    parked: readInbox(db, { ids: decisions.map(({ id }) => id) }),
  }));
  const parked = new Map((inbox?.parked ?? []).map((one) => [one.id, one]));
  if (![...parked.values()].some(({ hasKey }) => hasKey)) {
    const rows = decisions.map(({ id }) => outcomeOf(parked, id, undefined));
    return { report: reportOf(call, null, rows), run: null };
  }
  const turn = inbox?.swapped === true ? swapHandDecision : (one: HandDecision) => one;
  const open = new Map(decisions.map(({ id, decision }) => [id, turn(decision)]));
  const run = await runLimited(call, hooks, limitedRun(open, parked));
  const picks = new Map(run.picks.map((pick) => [pick.pick, pick]));
  const rows = decisions.map(({ id }) => outcomeOf(parked, id, picks.get(id)));
  return { report: reportOf(call, run.report.runId, rows), run };
}

function refuseTwice(decisions: readonly ByHand[]): void {
  const ids = decisions.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  throw new SyncError("SYNC_USAGE", `Conflict ${twice} is decided twice.`, {
    next: "Decide each conflict once.",
  });
}

function limitedRun(
  decisions: ReadonlyMap<number, HandDecision>,
  parked: ReadonlyMap<number, Parked>,
): LimitedRun {
  const named = [...parked.values()].filter(({ hasKey }) => hasKey);
  const asText = (table: string, key: Key): string => `${table}: ${keyToText(key)}`;
  const byKey = new Map(named.map(({ id, table, key }) => [asText(table, key), decisions.get(id)]));
  return {
    policy: BY_HAND,
    chosen: {
      rows: named.map(({ id, table }) => ({ pick: id, owner: id, image: null, table })),
      decisions,
      force: false,
    },
    // Keys that SQLite hands out are integers: their text tells them apart.
    keepBoth: ({ table, key }) => keepBothOf(byKey.get(asText(table, key))),
  };
}

function keepBothOf(decision: HandDecision | undefined): Decision | undefined {
  if (decision?.type !== "keep-both") return undefined;
  // Inside, b is the side whose path sorts last: the same one, whoever calls it what.
  return {
    type: "rekey",
    side: decision.side ?? "b",
    reason: "decided by hand: both rows are kept",
  };
}

function outcomeOf(
  parked: ReadonlyMap<number, Parked>,
  id: number,
  pick: PickOutcome | undefined,
): HandOutcome {
  const { table = null, key = null, hasKey = true } = parked.get(id) ?? {};
  if (!hasKey) return { id, table, key, outcome: "refused", reason: WITHOUT_KEY };
  if (pick?.outcome === "done" || pick?.outcome === "refused")
    return { id, table, key, outcome: pick.outcome, reason: pick.reason };
  return { id, table, key, outcome: "missing", reason: `no open conflict has the number ${id}` };
}

const WITHOUT_KEY =
  "the row has no key by which it is known on both sides: make the rows equal there, and run again";

function reportOf(
  call: HandCall,
  runId: string | null,
  rows: readonly HandOutcome[],
): ResolveReport {
  const open = readState(call, false, ({ db }) => countParked(db)) ?? 0;
  return { schemaVersion: 1, command: "resolve", runId, rows, open };
}
