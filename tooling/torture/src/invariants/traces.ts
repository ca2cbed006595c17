import { isSame } from "@sync/testkit";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";
import type { Invariant, RunView } from "./run-view.ts";

/** No plan, no draft, no file of ours is left when a run is over. */
export const leavesNothingBehind: Invariant = {
  name: "leftovers",
  check: ({ step, state, strayFiles }) => [
    ...strayFiles.map((file) => `the file ${file} was left`),
    ...(step.dryRun === true ? [] : state.leftovers.map((what) => `${what} was left in the state`)),
  ],
};

/** A dry run writes nothing, and a run nothing to a side that needs nothing (§3.7, §3.15). */
export const writesNothingInVain: Invariant = {
  name: "quiet",
  check: (run) => {
    const { step, traces } = run;
    if (traces === null) return [];
    const changed = (["a", "b", "state"] as const).filter(
      (place) => traces.before[place] !== traces.after[place],
    );
    if (step.dryRun === true) return changed.map((place) => `a dry run changed bytes of ${place}`);
    return SIDES.filter((side) => changed.includes(side) && !isWritten(run, side)).map(
      (side) => `the bytes of side ${side} changed though none of its rows did`,
    );
  },
};

/** The same run made twice in a row does nothing the second time (§3.7). */
export const doesNothingTwice: Invariant = {
  name: "second run",
  check: ({ isRepeated, step, before, after, report }) => {
    if (!isRepeated || step.lineage === "forget") return [];
    const decided = report.tables.filter(({ copied, merged, conflicts }) =>
      [copied, merged, conflicts.resolved].some((count) => count > 0),
    );
    return [
      ...decided.map(({ table }) => `a second run found something to do in ${table}`),
      ...SIDES.filter(
        (side) => JSON.stringify(before[side].dump) !== JSON.stringify(after[side].dump),
      ).map((side) => `a second run changed rows of side ${side}`),
    ];
  },
};

function isWritten({ settled }: RunView, side: Side): boolean {
  const rows = settled.rows.some(
    ({ fate, expected, result }) => fate !== "parked" && !isSame(expected.before[side], result),
  );
  return (
    rows ||
    settled.counts.some(
      ({ fate, expected }) => fate !== "parked" && expected.before[side] !== expected.after,
    )
  );
}
