import { describeTables } from "@sync/testkit";
import { INVARIANTS } from "../invariants/invariants.ts";
import { advance } from "../model/advance.ts";
import { chosenTables, expectRun } from "../model/expected-run.ts";
import { NOTHING_KNOWN } from "../model/pair-model.ts";
import type { PairModel } from "../model/pair-model.ts";
import { breaksConstraint } from "../model/refusal.ts";
import { settle } from "../model/settle.ts";
import type { Settled } from "../model/settle.ts";
import { viewSides } from "../observe/sides.ts";
import { viewState, waitsIn } from "../observe/state.ts";
import type { Scenario, Step, SyncStep } from "../scenario.ts";
import type { MadeRun, Outcome, Planned, Violation } from "./made-run.ts";
import { deletesTooMuch, judgeStop } from "./stopped.ts";
import { NOW_MS, synchronize } from "./synchronize.ts";
import type { Ending } from "./synchronize.ts";
import { createWorld } from "./world.ts";
import type { World } from "./world.ts";

/** What became of a scenario. */
export interface Played {
  /** Those of the first step that had any; empty when all is well. */
  readonly violations: readonly Violation[];
  /** Runs that took effect. */
  readonly runs: number;
  /** Words for what happened, to count coverage: fates of rows, kinds of conflicts, what stopped runs. */
  readonly seen: readonly string[];
  /** What the pair remembers at the end. */
  readonly model: PairModel;
}

/** Plays a scenario on real files, and holds every run against the model. Stops at the first step that fails. */
export async function play(scenario: Scenario): Promise<Played> {
  const world = createWorld(scenario);
  try {
    return await playSteps(world, scenario.steps);
  } finally {
    world.remove();
  }
}

/** Goes through steps on a world that nothing was remembered of. */
export async function playSteps(world: World, steps: readonly Step[]): Promise<Played> {
  const tables = describeTables(world.files.a);
  const seen: string[] = [];
  let runs = 0;
  let model = NOTHING_KNOWN;
  for (const [at, step] of steps.entries()) {
    if (step.do !== "sync") {
      model = doStep(world, step, model);
      continue;
    }
    const isRepeated = isSameRun(step, steps[at - 1]);
    const outcome = await runOnce(world, { step, isRepeated, model, tables });
    runs += 1;
    seen.push(...outcome.seen);
    model = outcome.model;
    const violations = outcome.violations.map(({ invariant, message }) => ({
      invariant,
      message,
      step: at,
    }));
    if (violations.length > 0) return { violations, runs, seen, model };
  }
  return { violations: [], runs, seen, model };
}

/** Where the one before took effect: a look or a stop changes nothing. */
function isSameRun(step: SyncStep, previous: Step | undefined): boolean {
  return step.dryRun !== true && JSON.stringify(step) === JSON.stringify(previous);
}

function doStep(world: World, step: Exclude<Step, SyncStep>, model: PairModel): PairModel {
  switch (step.do) {
    case "edit":
      world.edit(step.side, step.sql);
      return model;
    case "maintain":
      world.maintain(step.side, step.sql);
      return model;
    case "hold":
      world.hold(step.side);
      return model;
    case "release":
      world.release();
      return model;
    case "put-back":
      world.putBack(step.side);
      return model;
    case "lose-state":
      world.loseState();
      return NOTHING_KNOWN;
  }
}

async function runOnce(
  world: World,
  { step, isRepeated, model, tables }: Planned,
): Promise<Outcome> {
  const before = viewSides(world.files);
  const dumps = { a: before.a.dump, b: before.b.dump };
  const situation = { model, step, tables, before: dumps, nowMs: NOW_MS };
  const expected = expectRun(situation);
  const mayRefuse = breaksConstraint(world.files, expected.tables);
  if (step.dryRun !== true) world.keepCopies();
  const traceBefore = world.trace();
  const names = step.tables === undefined ? null : chosenTables(situation).map(({ name }) => name);
  const ending = await synchronize(world, step, names);
  const traceAfter = world.trace();
  const traces =
    traceBefore === null || traceAfter === null ? null : { before: traceBefore, after: traceAfter };
  const after = viewSides(world.files);
  const run = { step, isRepeated, model, tables, before, after, expected, mayRefuse, traces };
  return ending.type === "stopped"
    ? judgeStop(run, ending, viewState(world.stateDir))
    : judgeDone(world, run, ending);
}

function judgeDone(
  world: World,
  run: MadeRun & Pick<Parameters<(typeof INVARIANTS)[number]["check"]>[0], "traces">,
  ending: Extract<Ending, { type: "done" }>,
): Outcome {
  const { step, expected, after, mayRefuse } = run;
  if (expected.alarm) {
    return failed(run.model, "lineage", "a side went back, and the run did not stop");
  }
  if (!mayRefuse && deletesTooMuch(run)) {
    return failed(run.model, "guard", "too many rows were to be deleted, and the run did not stop");
  }
  const isDry = step.dryRun === true;
  const found = isDry ? null : { a: after.a.dump, b: after.b.dump };
  const readings = mayRefuse ? ([true, "rather"] as const) : ([false] as const);
  const waits = waitsIn(viewState(world.stateDir));
  const outcomes = readings.map((reading) =>
    judgeReading(world, run, { ending, settled: settle(expected.tables, found, reading, waits) }),
  );
  return outcomes.find(({ violations }) => violations.length === 0) ?? outcomes[0] ?? NO_READING;
}

const NO_READING: Outcome = failed(NOTHING_KNOWN, "harness", "there is always a reading");

/** One way to explain what is seen. */
interface Reading {
  readonly ending: Extract<Ending, { type: "done" }>;
  readonly settled: Settled;
}

function judgeReading(
  world: World,
  run: Parameters<typeof judgeDone>[1],
  { ending, settled }: Reading,
): Outcome {
  const { step, expected } = run;
  const isDry = step.dryRun === true;
  const next = isDry ? run.model : advance(expected.model, settled, step.policy);
  const view = {
    ...run,
    state: viewState(world.stateDir),
    settled,
    next,
    report: ending.report,
    asked: ending.asked,
    strayFiles: world.strayFiles(),
  };
  const violations = INVARIANTS.flatMap((invariant) =>
    invariant.check(view).map((message) => ({ invariant: invariant.name, message })),
  );
  const seen = settled.rows.map(({ fate, expected: row, isRefused }) =>
    isRefused
      ? `${fate} constraint`
      : row.verdict.conflict === null
        ? fate
        : `${fate} ${row.verdict.conflict}`,
  );
  return { model: next, violations, seen: [...new Set(seen)] };
}

function failed(model: PairModel, invariant: string, message: string): Outcome {
  return { model, violations: [{ invariant, message }], seen: [] };
}
