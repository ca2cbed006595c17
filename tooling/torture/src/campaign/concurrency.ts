import fc from "fast-check";
import { reduceSaved } from "../cases/reduce-saved.ts";
import { knownDefect, writeCase } from "../cases/saved-case.ts";
import { embed } from "../concurrency/embed.ts";
import { interfere } from "../concurrency/interfere.ts";
import type { Interfered } from "../concurrency/interfere.ts";
import type { Meddle } from "../concurrency/meddle.ts";
import { randomMeddle } from "../concurrency/random-meddle.ts";
import { changeNames } from "../crash/change-name.ts";
import { prepareInterruption } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { randomShares } from "../crash/random-shares.ts";
import { buildShim } from "../crash/shim.ts";
import { createChance } from "../fuzz/chance.ts";
import type { Chance } from "../fuzz/chance.ts";
import { interruptibleSpecs } from "../generate/interruptible.ts";
import { renderScenario } from "../generate/render.ts";
import type { ScenarioSpec } from "../generate/spec.ts";
import type { Scenario } from "../scenario.ts";
import type { CampaignOptions } from "./sequences.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Tally } from "./tally.ts";

/** Preparing a scenario costs as much as some of these. */
const MEDDLES_PER_SCENARIO = 12;

/** So many runs are made on a disk that is slow. */
const SLOW_SHARE = 0.2;
const SLOWEST_US = 4000;

/**
 * Lets the last run of random scenarios meet other processes at a change to a file, and an application that
 * has us embedded hold transactions of its own meanwhile.
 */
export async function playConcurrency(options: CampaignOptions): Promise<Tally> {
  const tally = createTally();
  const shim = buildShim();
  if (shim.type === "missing") {
    options.log(`skipped. ${shim.why}`);
    return tally;
  }
  for (let at = 0; !options.isOver(tally); at += 1) {
    const seed = (options.seed + at) | 0;
    const [spec] = fc.sample(interruptibleSpecs(), { seed, numRuns: 1 });
    if (spec === undefined) continue;
    const { scenario } = renderScenario(spec);
    const prepared = await prepareInterruption(scenario, shim.path);
    if (prepared === null) continue;
    try {
      await meetOthers(prepared, { spec, scenario, seed, tally, options });
    } finally {
      prepared.stage.remove();
      prepared.world.remove();
    }
  }
  return tally;
}

interface Course {
  readonly spec: ScenarioSpec;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly tally: Tally;
  readonly options: CampaignOptions;
}

async function meetOthers(prepared: Interruptible, course: Course): Promise<void> {
  const { spec, seed, tally, options } = course;
  const chance = createChance(randomShares(seed));
  const { begin, changes, tables } = prepared;
  for (let at = 0; at < MEDDLES_PER_SCENARIO && !options.isOver(tally); at += 1) {
    const meddle = randomMeddle({ spec, tables, chance });
    if (meddle === null) continue;
    const point = begin + 1 + chance.below(changes.length - begin);
    const delayUs = chance.share() < SLOW_SHARE ? 1 + chance.below(SLOWEST_US) : 0;
    const interfered = await interfere(prepared, { point, meddle, delayUs });
    await note(interfered, course, { prepared, point, meddle, delayUs });
  }
  if (options.isOver(tally)) return;
  await note(await embed(prepared, randomHost(chance)), course, null);
}

function randomHost(chance: Chance): Parameters<typeof embed>[1] {
  const kinds = ["read", "write", "nothing"] as const;
  return {
    held: { a: chance.of(kinds), b: chance.of(["read", "write"] as const) },
    worker: chance.share() < 0.5,
  };
}

interface Met {
  readonly prepared: Interruptible;
  readonly point: number;
  readonly meddle: Meddle;
  readonly delayUs: number;
}

/** @param met - `null`: an application of which no point is chosen */
async function note(
  { problems, seen }: Interfered,
  course: Course,
  met: Met | null,
): Promise<void> {
  const { tally, options, seed, scenario } = course;
  tally.cases += 1;
  tally.runs += 2;
  countSeen(tally, met !== null && met.delayUs > 0 ? [...seen, "slow disk"] : seen);
  const [problem] = problems;
  if (problem === undefined) return;
  const known = knownDefect("concurrency", problem);
  if (known !== null) {
    countSeen(tally, [`known defect ${known}`]);
    return;
  }
  const signature = signatureOf(met?.meddle.type ?? "embedded", problem);
  const isKnown = tally.failures.some((failure) => failure.signature === signature);
  if (!isKnown) options.log(`seed ${seed}, ${met?.meddle.type ?? "embedded"}: ${problem}`);
  const file = isKnown || met === null ? null : await save(problem, met);
  tally.failures.push({ signature, message: problem, file });

  async function save(about: string, { prepared, point, meddle, delayUs }: Met): Promise<string> {
    const at = changeNames(prepared)[point - 1] ?? "end";
    const found = `pnpm torture --only concurrency --seed ${seed} --runs 1`;
    const saved = {
      about,
      invariant: "concurrency",
      found,
      scenario,
      interference: { at, meddle, ...(delayUs === 0 ? {} : { delayUs }) },
    };
    const name = `concurrency-${seed}-${tally.cases}`;
    writeCase(name, saved, options.folder);
    return writeCase(name, await reduceSaved(saved), options.folder);
  }
}
