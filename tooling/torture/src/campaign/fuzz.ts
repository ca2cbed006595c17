import fc from "fast-check";
import { knownDefect, writeCase } from "../cases/saved-case.ts";
import { randomShares } from "../crash/random-shares.ts";
import { createChance } from "../fuzz/chance.ts";
import { createExaminer } from "../fuzz/examiner.ts";
import type { Examiner } from "../fuzz/examiner.ts";
import { judgeDamage } from "../fuzz/judge-damage.ts";
import type { Harm, Verdict } from "../fuzz/judge-damage.ts";
import { randomHarm } from "../fuzz/random-harm.ts";
import { setScene } from "../fuzz/scene.ts";
import type { Scene } from "../fuzz/scene.ts";
import { interruptibleSpecs } from "../generate/interruptible.ts";
import { renderScenario } from "../generate/render.ts";
import type { Scenario } from "../scenario.ts";
import { surest } from "./sequences.ts";
import type { CampaignOptions } from "./sequences.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Tally } from "./tally.ts";

/** Setting a scene costs as much as some cases. */
const HARMS_PER_SCENE = 40;

/** Damages files of random pairs, one place at a time, and asks the product everything about them. */
export async function playFuzz(options: CampaignOptions): Promise<Tally> {
  const tally = createTally();
  const examiner = createExaminer(options.kept !== undefined);
  try {
    for (let at = 0; !options.isOver(tally); at += 1) {
      const seed = (options.seed + at) | 0;
      const [spec] = fc.sample(interruptibleSpecs(), { seed, numRuns: 1 });
      if (spec === undefined) continue;
      const { scenario } = renderScenario(spec);
      const scene = await setScene(scenario);
      if (scene === null) continue;
      try {
        await harmScene(scene, seed, { tally, options, scenario, examiner });
      } finally {
        scene.remove();
      }
    }
  } finally {
    examiner.close();
  }
  return tally;
}

interface Course {
  readonly tally: Tally;
  readonly options: CampaignOptions;
  readonly scenario: Scenario;
  readonly examiner: Examiner;
}

async function harmScene(scene: Scene, seed: number, course: Course): Promise<void> {
  const { tally, options } = course;
  const chance = createChance(randomShares(seed));
  for (let at = 0; at < HARMS_PER_SCENE && !options.isOver(tally); at += 1) {
    scene.reset();
    const harm = randomHarm(scene, chance);
    if (harm === null) continue;
    const { problems, seen } = await judgeSurely(scene, harm, course);
    tally.cases += 1;
    tally.runs += seen.filter((word) => word.startsWith("sync")).length;
    countSeen(tally, [`${harm.target}: ${harm.damage.kind}`, ...seen]);
    const [problem] = problems;
    if (problem !== undefined) record(problem, harm, seed, course);
  }
}

/** So many have processes that did nothing before. */
const FRESH_ONE_IN = 50;

/** What goes wrong in processes that were asked before is asked once more in new ones. */
async function judgeSurely(
  scene: Scene,
  harm: Harm,
  { examiner, tally, options: { kept } }: Course,
): Promise<Verdict> {
  const judgeFreshly = async (): Promise<Verdict> => {
    const fresh = createExaminer();
    try {
      return await judgeDamage(scene, harm, fresh);
    } finally {
      fresh.close();
    }
  };
  if (kept !== undefined && tally.cases % FRESH_ONE_IN === 0) return kept.without(judgeFreshly);
  const verdict = await judgeDamage(scene, harm, examiner);
  if (verdict.problems.length === 0) return verdict;
  const again = await (kept === undefined ? judgeFreshly() : kept.without(judgeFreshly));
  return { ...verdict, problems: surest(verdict.problems, again.problems) };
}

function record(problem: string, harm: Harm, seed: number, course: Course): void {
  const { tally, options, scenario } = course;
  const known = knownDefect("damage", problem);
  if (known !== null) {
    countSeen(tally, [`known defect ${known}`]);
    return;
  }
  const signature = signatureOf(harm.target, problem);
  const isKnown = tally.failures.some((failure) => failure.signature === signature);
  const found = `pnpm torture --only fuzz --seed ${seed} --runs 1`;
  const saved = { about: problem, invariant: "damage", found, scenario, harm };
  const name = `damage-${harm.target}-${seed}-${tally.cases}`;
  const file = isKnown ? null : writeCase(name, saved, options.folder);
  if (!isKnown) options.log(`seed ${seed}, ${harm.target}, ${harm.damage.kind}: ${problem}`);
  tally.failures.push({ signature, message: problem, file });
}
