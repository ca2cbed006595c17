import type { ExpectedTable } from "@sync/testkit";
import { baseDifferences } from "../invariants/base.ts";
import type { PairModel } from "../model/pair-model.ts";
import type { StateView } from "../observe/state.ts";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";
import type { MadeRun, Outcome } from "./made-run.ts";
import type { Ending } from "./synchronize.ts";

/** Tables smaller than this are not guarded (DESIGN §3.14). */
const GUARDED_ROWS = 20;

/** A run may stop where a guard says so, and has changed nothing then. */
export function judgeStop(
  run: MadeRun,
  { code, message }: Extract<Ending, { type: "stopped" }>,
  state: StateView,
): Outcome {
  const { before, after, model, tables, step } = run;
  const changed = SIDES.filter(
    (side) => JSON.stringify(before[side].dump) !== JSON.stringify(after[side].dump),
  );
  const violations = [
    ...(isAllowed(run, code) ? [] : [{ invariant: "error", message: `${code}: ${message}` }]),
    ...changed.map((side) => ({
      invariant: "stopped",
      message: `${code}, and yet side ${side} changed`,
    })),
    ...(step.lineage === "forget" ? [] : baseDifferences(model, state, tables)).map(
      (difference) => ({
        invariant: "stopped",
        message: `${code}, and yet ${difference}`,
      }),
    ),
  ];
  return { model: afterStop(run), violations, seen: [code] };
}

/** Forgetting happens before anything can stop a run; parked conflicts may have been put to the policy again. */
function afterStop({ expected, step, model }: MadeRun): PairModel {
  if (step.dryRun === true) return model;
  return {
    ...expected.model,
    inbox: expected.model.inbox.map((entry) => ({ ...entry, isUnsure: true })),
  };
}

function isAllowed({ expected, step, before, mayRefuse }: MadeRun, code: string): boolean {
  if (code === "SYNC_LINEAGE") return expected.alarm;
  if (code !== "SYNC_MAX_DELETE") return false;
  return deletesTooMuch({ expected, step, before }) || (mayRefuse && mayDelete(expected));
}

/** A policy that is asked about a broken constraint may have a row deleted that the rule would have kept. */
function mayDelete({ tables }: MadeRun["expected"]): boolean {
  return tables.some(({ rows }) => rows.some(({ ifBroken }) => ifBroken.includes(null)));
}

/** Where constraints park rows, fewer are deleted than this counts: a run that goes on is never wrong for it then. */
export function deletesTooMuch({
  expected,
  step,
  before,
}: Pick<MadeRun, "expected" | "step" | "before">): boolean {
  return expected.tables.some((table) =>
    SIDES.some((side) => {
      const all = before[side].dump[table.table.name]?.length ?? 0;
      return (
        all >= GUARDED_ROWS && countDeletions(table, side) * 100 > all * (step.maxDelete ?? 100)
      );
    }),
  );
}

function countDeletions({ rows, counts }: ExpectedTable, side: Side): number {
  const gone = rows.filter(
    ({ before, verdict }) =>
      before[side] !== null && verdict.results.length > 0 && verdict.results[0] === null,
  ).length;
  const taken = counts.reduce(
    (sum, { before, after }) => sum + Math.max(before[side] - after, 0),
    0,
  );
  return gone + taken;
}
