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
