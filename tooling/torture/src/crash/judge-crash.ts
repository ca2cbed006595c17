import { baseDifferences } from "../invariants/base.ts";
import { listDifferences, rowText } from "../invariants/compare.ts";
import { inboxDifferences } from "../invariants/inbox.ts";
import { advance } from "../model/advance.ts";
import { expectRun } from "../model/expected-run.ts";
import type { PairModel } from "../model/pair-model.ts";
import { breaksConstraint } from "../model/refusal.ts";
import { settle } from "../model/settle.ts";
import { viewSides } from "../observe/sides.ts";
import type { SidesView } from "../observe/sides.ts";
import { viewState, waitsIn } from "../observe/state.ts";
import type { StateView } from "../observe/state.ts";
import { NOW_MS, synchronize } from "../run/synchronize.ts";
import { SIDES } from "../scenario.ts";
import { judgeBetween } from "./judge-between.ts";
import { hasAllEdits, momentsOf } from "./crash-scenario.ts";
import type { Interruptible } from "./crash-scenario.ts";

/**
 * Looks at a pair whose last run was interrupted, lets the next run have it, and looks again.
 *
 * @param editsBetween - the users go on before the next run
 * @returns what is wrong, in words
 */
export async function judgeCrash(
  crashed: Interruptible,
  editsBetween = false,
): Promise<readonly string[]> {
  const { world, step } = crashed;
  const found = viewSides(world.files);
  const half = halfWritten(crashed, found);
  if (half.length > 0) return half;
  if (editsBetween) return judgeAfterEdits(crashed, found);
  const wanted = expectRecovery(crashed, found);
  const ending = await synchronize(world, step, null);
  if (ending.type === "stopped") return [`the next run stopped: ${ending.code}: ${ending.message}`];
  const recovered = viewSides(world.files);
  const state = viewState(world.stateDir);
  const problems = [
    ...soundness(recovered),
    ...wanted(recovered, state),
    ...leftovers(crashed, state),
  ];
  return problems.length > 0 ? problems : secondRun(crashed);
}

/** Each user does meanwhile what the other had done before. */
async function judgeAfterEdits(
  crashed: Interruptible,
  found: SidesView,
): Promise<readonly string[]> {
  const { world, step, tables, edits, before, after } = crashed;
  for (const { side, sql } of edits) world.edit(side === "a" ? "b" : "a", sql);
  const edited = viewSides(world.files);
  const ending = await synchronize(world, step, null);
  if (ending.type === "stopped") return [`the next run stopped: ${ending.code}: ${ending.message}`];
  const recovered = viewSides(world.files);
  const state = viewState(world.stateDir);
  const problems = [
    ...soundness(recovered),
    ...judgeBetween({ tables, found, edited, recovered, before, planned: after, state }),
    ...leftovers(crashed, state),
  ];
  return problems.length > 0 ? problems : secondRun(crashed);
}

/** Each side is its old or its new self, whole and sound (§3.5). */
function halfWritten(crashed: Interruptible, found: SidesView): string[] {
  const wrong = SIDES.filter(
    (side) => !momentsOf(crashed, side).includes(JSON.stringify(found[side].dump)),
  );
  return [
    ...soundness(found),
    ...wrong.map((side) => `side ${side} is neither as before the run nor as after it`),
  ];
}

/** What SQLite finds wrong with the sides, in words. */
export function soundness(view: SidesView): string[] {
  return SIDES.flatMap((side) => {
    const { problems, foreignKeys, staleIndexes } = view[side].integrity;
    return [...problems, ...foreignKeys, ...staleIndexes].map((one) => `side ${side}: ${one}`);
  });
}

/** What the recovered pair must hold (§3.6), by what survived. */
function expectRecovery(
  crashed: Interruptible,
  found: SidesView,
): (recovered: SidesView, state: StateView) => string[] {
  const { after, next, tables } = crashed;
  if (hasAllEdits(crashed, found)) {
    return (recovered, state) => [
      ...sidesDifferences(after, recovered),
      ...memoryDifferences(next, state, crashed),
    ];
  }
  // A power loss took edits that nobody had synced: what is left is reconciled as if they had not been made.
  const { model, step } = crashed;
  const before = { a: found.a.dump, b: found.b.dump };
  const expected = expectRun({ model, step, tables, before, nowMs: NOW_MS });
  const mayRefuse = breaksConstraint(crashed.world.files, expected.tables);
  return (recovered, state) => {
    const dumps = { a: recovered.a.dump, b: recovered.b.dump };
    const settled = settle(expected.tables, dumps, mayRefuse, waitsIn(state));
    const nextModel = advance(expected.model, settled, step.policy);
    return [...settled.unexplained, ...memoryDifferences(nextModel, state, crashed)];
  };
}

function sidesDifferences(expected: SidesView, found: SidesView): string[] {
  return SIDES.flatMap((side) =>
    Object.keys(expected[side].dump)
      .filter(
        (table) =>
          JSON.stringify(expected[side].dump[table]) !== JSON.stringify(found[side].dump[table]),
      )
      .map((table) => `side ${side}, table ${table}: not as after a run that nobody interrupted`),
  );
}

function memoryDifferences(
  next: PairModel,
  state: StateView,
  { tables }: Interruptible,
): readonly string[] {
  return [
    ...baseDifferences(next, state, tables),
    ...inboxDifferences(next, state),
    ...listDifferences(
      next.ledger.map(({ table, side, row }) => `${table}, side ${side}: ${rowText(row)}`),
      state.ledger.map(({ table, side, row }) => `${table}, side ${side}: ${rowText(row)}`),
    ).map((difference) => `ledger: ${difference}`),
  ];
}

/** Files and notes that must not be there when a run is over. */
export function leftovers({ world }: Interruptible, state: StateView): string[] {
  return [...world.strayFiles(), ...state.leftovers].map((what) => `left: ${what}`);
}

/** Nothing is left to do (§3.7). */
export async function secondRun({ world, step }: Interruptible): Promise<readonly string[]> {
  const before = world.trace();
  const ending = await synchronize(world, step, null);
  if (ending.type === "stopped") return [`a second run stopped: ${ending.code}: ${ending.message}`];
  const after = world.trace();
  return before?.a === after?.a && before?.b === after?.b ? [] : ["a second run wrote to a side"];
}
