import { interfere } from "../concurrency/interfere.ts";
import { pointOfChange } from "../crash/change-name.ts";
import { prepareInterruption } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { buildShim } from "../crash/shim.ts";
import { strike } from "../crash/strike.ts";
import { createExaminer } from "../fuzz/examiner.ts";
import { judgeDamage } from "../fuzz/judge-damage.ts";
import type { Harm } from "../fuzz/judge-damage.ts";
import { setScene } from "../fuzz/scene.ts";
import { play } from "../run/play.ts";
import type { Scenario } from "../scenario.ts";
import type { SavedBlow, SavedCase, SavedInterference } from "./saved-case.ts";

/** @returns what is wrong, each beginning with the invariant that is broken */
export async function replayCase({
  scenario,
  blow,
  interference,
  harm,
}: SavedCase): Promise<readonly string[]> {
  if (blow !== undefined) return replayCrash(scenario, blow);
  if (interference !== undefined) return replayInterference(scenario, interference);
  if (harm !== undefined) return replayDamage(scenario, harm);
  const { violations } = await play(scenario);
  return violations.map(({ invariant, step, message }) => `${invariant}: step ${step}: ${message}`);
}

async function replayCrash(scenario: Scenario, blow: SavedBlow): Promise<readonly string[]> {
  return atPoint(scenario, { at: blow.at, invariant: "crash" }, async (prepared, point) =>
    strike(prepared, { ...blow, point }),
  );
}

async function replayInterference(
  scenario: Scenario,
  { at, ...interference }: SavedInterference,
): Promise<readonly string[]> {
  return atPoint(scenario, { at, invariant: "concurrency" }, async (prepared, point) => {
    const { problems } = await interfere(prepared, { point, ...interference });
    return problems;
  });
}

/** Nothing is wrong where no run can be stopped. */
async function atPoint(
  scenario: Scenario,
  { at, invariant }: { readonly at: string; readonly invariant: string },
  act: (prepared: Interruptible, point: number) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const shim = buildShim();
  if (shim.type === "missing") return [];
  const prepared = await prepareInterruption(scenario, shim.path);
  if (prepared === null) return [`${invariant}: the run of this case has nothing to write`];
  try {
    const point = pointOfChange(prepared, at);
    if (point === null) return [`${invariant}: the run makes no change ${at} any more`];
    return (await act(prepared, point)).map((problem) => `${invariant}: ${problem}`);
  } finally {
    prepared.stage.remove();
    prepared.world.remove();
  }
}

async function replayDamage(scenario: Scenario, harm: Harm): Promise<readonly string[]> {
  const scene = await setScene(scenario);
  if (scene === null) return ["damage: this case has no run"];
  const examiner = createExaminer();
  try {
    const { problems } = await judgeDamage(scene, harm, examiner);
    return problems.map((problem) => `damage: ${problem}`);
  } finally {
    examiner.close();
    scene.remove();
  }
}
