import type { Scenario, Side, Step } from "../scenario.ts";

/** Whether a candidate still fails in the way that is looked for. One that cannot be built at all does not. */
export type Fails = (candidate: Scenario) => Promise<boolean>;

/** Leaves out of a failing scenario whatever it does not need to fail, until nothing more can go. */
export async function reduceScenario(scenario: Scenario, fails: Fails): Promise<Scenario> {
  let smallest = scenario;
  let before: Scenario;
  do {
    before = smallest;
    for (const candidates of REDUCTIONS) smallest = await reduceBy(candidates, smallest, fails);
  } while (smallest !== before);
  return smallest;
}

/** Simpler versions of a scenario, each by one thing. */
type Reduction = (scenario: Scenario) => readonly Scenario[];

const REDUCTIONS: readonly Reduction[] = [
  (scenario) => withoutOne(scenario, "steps"),
  (scenario) => withoutOne(scenario, "rows"),
  (scenario) => withoutOne(scenario, "schema"),
  (scenario) => withoutOne(scenario, "setupA"),
  (scenario) => withoutOne(scenario, "setupB"),
  (scenario) => eachStep(scenario, plainerSteps),
];

/** Takes the first candidate that still fails, and goes on from there. */
async function reduceBy(reduction: Reduction, scenario: Scenario, fails: Fails): Promise<Scenario> {
  let smallest = scenario;
  for (let at = 0; ;) {
    const candidate = reduction(smallest)[at];
    if (candidate === undefined) return smallest;
    if (await fails(candidate)) smallest = candidate;
    else at += 1;
  }
}

function withoutOne(scenario: Scenario, list: keyof Scenario): Scenario[] {
  return without<unknown>(scenario[list]).map((shorter) => withList(scenario, list, shorter));
}

function withList(scenario: Scenario, list: keyof Scenario, shorter: readonly unknown[]): Scenario {
  return { ...scenario, [list]: shorter };
}

/** The list less one element, from the end: later ones lean on earlier ones. */
function without<T>(list: readonly T[]): T[][] {
  return list.map((_, at) => list.toSpliced(list.length - 1 - at, 1));
}

function eachStep(scenario: Scenario, plainer: (step: Step) => readonly Step[]): Scenario[] {
  return scenario.steps.flatMap((step, at) =>
    plainer(step).map((one) => withList(scenario, "steps", scenario.steps.with(at, one))),
  );
}

/** An edit with a statement less, a run with an option less. */
function plainerSteps(step: Step): readonly Step[] {
  if (step.do === "edit") {
    return step.sql.length > 1 ? without(step.sql).map((sql) => editOf(step.side, sql)) : [];
  }
  if (step.do !== "sync") return [];
  const { policy, ...options } = step;
  const names = Object.keys(options).filter((name) => name !== "do");
  return [
    ...names.map((name) => leaveOut(step, name)),
    ...(policy === "manual" ? [] : [{ ...step, policy: "manual" as const }]),
  ];
}

function editOf(side: Side, sql: readonly string[]): Step {
  return { do: "edit", side, sql };
}

function leaveOut(step: Step, name: string): Step {
  // Every option of a run may be missing.
  return Object.fromEntries(
    Object.entries(step).filter(([key]) => key !== name),
  ) as unknown as Step;
}
