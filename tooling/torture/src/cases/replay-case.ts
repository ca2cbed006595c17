import { pointOfChange } from "../crash/change-name.ts";
import { prepareInterruption } from "../crash/crash-scenario.ts";
import { buildShim } from "../crash/shim.ts";
import { strike } from "../crash/strike.ts";
import { createExaminer } from "../fuzz/examiner.ts";
import { judgeDamage } from "../fuzz/judge-damage.ts";
import type { Harm } from "../fuzz/judge-damage.ts";
import { setScene } from "../fuzz/scene.ts";
import { play } from "../run/play.ts";
import type { Scenario } from "../scenario.ts";
import type { SavedBlow, SavedCase } from "./saved-case.ts";

/** @returns what is wrong, each beginning with the invariant that is broken */
export async function replayCase({ scenario, blow, harm }: SavedCase): Promise<readonly string[]> {
  if (blow !== undefined) return replayCrash(scenario, blow);
  if (harm !== undefined) return replayDamage(scenario, harm);
  const { violations } = await play(scenario);
  return violations.map(({ invariant, step, message }) => `${invariant}: step ${step}: ${message}`);
}

/** Nothing is wrong where nothing can be killed. */
async function replayCrash(scenario: Scenario, blow: SavedBlow): Promise<readonly string[]> {
  const shim = buildShim();
  if (shim.type === "missing") return [];
  const prepared = await prepareInterruption(scenario, shim.path);
  if (prepared === null) return ["crash: the run of this case has nothing to write"];
  try {
    const point = pointOfChange(prepared, blow.at);
    if (point === null) return [`crash: the run makes no change ${blow.at} any more`];
    return (await strike(prepared, { ...blow, point })).map((problem) => `crash: ${problem}`);
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
