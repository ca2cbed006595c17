import { describeTables } from "@sync/testkit";
import type { TableDescription } from "@sync/testkit";
import { advance } from "../model/advance.ts";
import { expectRun } from "../model/expected-run.ts";
import type { PairModel } from "../model/pair-model.ts";
import { settle } from "../model/settle.ts";
import { viewSides } from "../observe/sides.ts";
import { viewState, waitsIn } from "../observe/state.ts";
import type { SidesView } from "../observe/sides.ts";
import { playSteps } from "../run/play.ts";
import { NOW_MS } from "../run/synchronize.ts";
import { createWorld } from "../run/world.ts";
import type { World } from "../run/world.ts";
import { SIDES } from "../scenario.ts";
import type { Scenario, Side, Step, SyncStep } from "../scenario.ts";
import { readDiskLog } from "./disk-log.ts";
import type { Change } from "./disk-log.ts";
import { entriesOf } from "./disk.ts";
import type { Entry } from "./disk.ts";
import { setStage } from "./stage.ts";
import type { Order, Stage } from "./stage.ts";

type EditStep = Extract<Step, { do: "edit" }>;

/** A scenario whose last run will be interrupted, and what that run gives where it is not. */
export interface Interruptible {
  readonly world: World;
  readonly stage: Stage;
  readonly tables: readonly TableDescription[];
  /** The edits and the run that happen under the shim. */
  readonly edits: readonly EditStep[];
  readonly step: SyncStep;
  /** How each user opens the database. */
  readonly setup: Readonly<Record<Side, readonly string[]>>;
  /** What is remembered before the run. */
  readonly model: PairModel;
  /** And after it. */
  readonly next: PairModel;
  /** Each side before its edits, after each of them: any of these may survive a power loss. */
  readonly moments: Readonly<Record<Side, readonly string[]>>;
  /** What the run finds and what it leaves. */
  readonly before: SidesView;
  readonly after: SidesView;
  /** Every change to the pair's files, the user's edits included. */
  readonly changes: readonly Change[];
  /** What lay on the disk before the first of them. */
  readonly entries: readonly Entry[];
  /** Number of the last change before the run. */
  readonly begin: number;
}

/**
 * Plays a scenario up to its last edits, then those and the last run under the shim, logged.
 *
 * @returns `null` for a scenario that says nothing: its last run does not write, or fails anyway
 */
export async function prepareInterruption(
  scenario: Scenario,
  shim: string,
): Promise<Interruptible | null> {
  const lastRun = scenario.steps.findLastIndex((step) => step.do === "sync");
  const step = scenario.steps[lastRun];
  if (step?.do !== "sync" || step.dryRun === true || step.tables !== undefined) return null;
  const before = scenario.steps.slice(0, lastRun);
  const firstEdit = before.findLastIndex((one) => one.do !== "edit") + 1;
  const world = createWorld(scenario);
  try {
    const { violations, model } = await playSteps(world, before.slice(0, firstEdit));
    world.release();
    if (violations.length > 0) throw new Error(`fails without a crash: ${violations[0]?.message}`);
    const stage = setStage(world, shim);
    const edits = before.slice(firstEdit).filter((one) => one.do === "edit");
    const made = rehearse(world, stage, {
      edits,
      step: plainRun(step),
      model,
      setup: { a: scenario.setupA, b: scenario.setupB },
    });
    if (made !== null) return made;
    stage.remove();
  } catch (error) {
    world.remove();
    throw error;
  }
  world.remove();
  return null;
}

/** In this process or that, by whatever name: what is interrupted is the run. */
function plainRun({ policy, scan }: SyncStep): SyncStep {
  return { do: "sync", policy, lineage: "accept", ...(scan === undefined ? {} : { scan }) };
}

type Rehearsed = Pick<Interruptible, "edits" | "step" | "model" | "setup">;

/** What the process under the shim is to do. */
export function orderOf({
  edits,
  step,
  setup,
}: Pick<Interruptible, "edits" | "step" | "setup">): Order {
  return { edits, step, tables: null, setup };
}

/** Makes the edits one by one to see each moment, then all of it under the shim. */
function rehearse(world: World, stage: Stage, planned: Rehearsed): Interruptible | null {
  const { step, model, setup } = planned;
  const dumpOf = (side: Side): string => JSON.stringify(viewSides(world.files)[side].dump);
  const moments: Record<Side, string[]> = { a: [dumpOf("a")], b: [dumpOf("b")] };
  const edits = planned.edits.filter(({ side, sql }) => {
    if (!world.edit(side, sql)) return false;
    moments[side].push(dumpOf(side));
    return true;
  });
  const before = viewSides(world.files);
  stage.reset();
  const entries = entriesOf(world.folder);
  const { begin, ending, stderr } = stage.run(orderOf({ edits, step, setup }), { log: stage.log });
  if (begin === null || ending === null) throw new Error(`the victim failed: ${stderr}`);
  if (ending.type !== "done") return null;
  const after = viewSides(world.files);
  const changes = readDiskLog(stage.log);
  if (changes.length - begin < 3) return null;
  const tables = describeTables(world.files.a);
  const dumps = { a: before.a.dump, b: before.b.dump };
  const expected = expectRun({ model, step, tables, before: dumps, nowMs: NOW_MS });
  const found = { a: after.a.dump, b: after.b.dump };
  const settled = settle(expected.tables, found, true, waitsIn(viewState(world.stateDir)));
  if (settled.unexplained.length > 0) throw new Error(settled.unexplained.join("\n"));
  const next = advance(expected.model, settled, step.policy);
  return {
    world,
    stage,
    tables,
    edits,
    step,
    model,
    next,
    moments,
    before,
    after,
    changes,
    entries,
    begin,
    setup,
  };
}

/**
 * A power loss may damage a file in rollback mode all by its user's own settings: with `synchronous = NORMAL`
 * a journal's header may reach the disk before its pages.
 */
export function survivesPowerLoss({ setup }: Interruptible): boolean {
  return SIDES.every((side) => {
    const said = setup[side].join(";");
    return !said.includes("synchronous = NORMAL") || said.includes("journal_mode = wal");
  });
}

/** A side is as some moment before the run left it, or as the run leaves it: never half. */
export function momentsOf({ moments, after }: Interruptible, side: Side): readonly string[] {
  return [...moments[side], JSON.stringify(after[side].dump)];
}

/** Both sides are as they were just before the run, or as after it. */
export function hasAllEdits({ moments, after }: Interruptible, found: SidesView): boolean {
  return SIDES.every((side) => {
    const dump = JSON.stringify(found[side].dump);
    return dump === moments[side].at(-1) || dump === JSON.stringify(after[side].dump);
  });
}
