import fc from "fast-check";
import { changeNames } from "../crash/change-name.ts";
import { prepareInterruption, survivesPowerLoss } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { buildShim } from "../crash/shim.ts";
import { randomShares } from "../crash/random-shares.ts";
import { createPatientVictims } from "../crash/patient-victims.ts";
import type { PatientVictims } from "../crash/patient-victims.ts";
import { FAULTS, strike } from "../crash/strike.ts";
import type { Blow } from "../crash/strike.ts";
import { interruptibleSpecs } from "../generate/interruptible.ts";
import { renderScenario } from "../generate/render.ts";
import type { Scenario } from "../scenario.ts";
import { reduceSaved } from "../cases/reduce-saved.ts";
import { knownDefect, writeCase } from "../cases/saved-case.ts";
import type { SavedBlow } from "../cases/saved-case.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Tally } from "./tally.ts";
import { surest } from "./sequences.ts";
import type { CampaignOptions } from "./sequences.ts";

/** Interrupts the last run of random scenarios at every change to a file, with and without a power loss. */
export async function playCrashes(options: CampaignOptions): Promise<Tally> {
  return playBlows(options, blowsOf);
}

/** Lets changes to files fail in the last run of random scenarios. */
export async function playFaults(options: CampaignOptions): Promise<Tally> {
  return playBlows(options, faultsOf);
}

/** Gives the last run of random scenarios too little memory. */
export async function playMemory(options: CampaignOptions): Promise<Tally> {
  return playBlows(options, crampsOf);
}

type Blows = (prepared: Interruptible, seed: number) => Iterable<Blow>;

async function playBlows(options: CampaignOptions, blows: Blows): Promise<Tally> {
  const tally = createTally();
  const shim = buildShim();
  if (shim.type === "missing") {
    options.log(`skipped. ${shim.why}`);
    return tally;
  }
  const victims = createPatientVictims(shim.path);
  try {
    for (let at = 0; !options.isOver(tally); at += 1) {
      const seed = (options.seed + at) | 0;
      const [spec] = fc.sample(interruptibleSpecs(), { seed, numRuns: 1 });
      if (spec === undefined) continue;
      const { scenario, features } = renderScenario(spec);
      const prepared = await prepareSafely(scenario, shim.path, options);
      if (prepared === null) continue;
      try {
        await interruptEverywhere(prepared, seed, {
          tally,
          options,
          scenario,
          features,
          blows,
          victims,
        });
      } finally {
        prepared.stage.remove();
        prepared.world.remove();
      }
    }
  } finally {
    victims.close();
  }
  return tally;
}

/** A scenario that fails without a crash is the business of the other campaign. */
async function prepareSafely(
  scenario: Scenario,
  shim: string,
  { log }: CampaignOptions,
): Promise<Interruptible | null> {
  try {
    return await prepareInterruption(scenario, shim);
  } catch (error) {
    log(`passed over: ${String(error).slice(0, 200)}`);
    return null;
  }
}

interface Course {
  readonly tally: Tally;
  readonly options: CampaignOptions;
  readonly scenario: Scenario;
  readonly features: readonly string[];
  readonly blows: Blows;
  readonly victims: PatientVictims;
}

async function interruptEverywhere(
  prepared: Interruptible,
  seed: number,
  course: Course,
): Promise<void> {
  const { every = 1, isOver } = course.options;
  let place = Math.abs(seed);
  for (const blow of course.blows(prepared, seed)) {
    if (isOver(course.tally)) return;
    place += 1;
    if (place % every !== 0) continue;
    const problems = await strikeSurely(prepared, blow, course);
    course.tally.cases += 1;
    course.tally.runs += 2;
    countSeen(course.tally, [wordOf(blow)]);
    const [problem] = problems;
    if (problem === undefined) continue;
    const known = knownDefect("crash", problem);
    if (known !== null) {
      countSeen(course.tally, [`known defect ${known}`]);
      continue;
    }
    const { point, ...unnumbered } = blow;
    const at = changeNames(prepared)[point - 1] ?? "end";
    await record(problem, { ...unnumbered, at }, seed, course);
    // The rest of this scenario would most likely say the same.
    return;
  }
  if (every !== 1) return;
  countSeen(course.tally, [
    "scenarios to their end",
    ...course.features.map((one) => `to its end: ${one}`),
  ]);
}

/** So many of the blows have processes that did nothing before. */
const FRESH_ONE_IN = 25;

/** What goes wrong in processes that did something before is tried once more with new ones. */
async function strikeSurely(
  prepared: Interruptible,
  blow: Blow,
  { tally, options: { kept }, victims }: Course,
): Promise<readonly string[]> {
  const strikeFreshly = async (): Promise<readonly string[]> =>
    kept === undefined ? strike(prepared, blow) : kept.without(async () => strike(prepared, blow));
  if (tally.cases % FRESH_ONE_IN === 0) return strikeFreshly();
  const problems = await strike(prepared, blow, victims);
  return problems.length === 0 ? [] : surest(problems, await strikeFreshly());
}

/** Every point as a kill, two power losses at each, and a real kill at some. */
function* blowsOf(prepared: Interruptible, seed: number): Generator<Blow> {
  const { changes, begin } = prepared;
  const survivals = survivesPowerLoss(prepared) ? [0, 0.5] : [];
  for (let point = begin + 1; point <= changes.length + 1; point += 1) {
    yield { type: "kill", point };
    if ((point + seed) % 4 === 0) yield { type: "kill", point, editsBetween: true };
    for (const survival of survivals) {
      yield { type: "power", point, seed: seed + point, survival };
    }
    if ((point + seed) % 16 === 0 && point <= changes.length) {
      yield { type: "real kill", point, torn: (point + seed) % 32 === 0 };
    }
  }
}

function wordOf(blow: Blow): string {
  if (blow.type === "fault") return `fault ${blow.error}`;
  if (blow.type === "memory") return `memory of ${Math.floor(blow.moreKiB / 4000) * 4} MB`;
  return blow.type === "kill" && blow.editsBetween === true ? "kill, then edits" : blow.type;
}

/** So many of a scenario's changes fail, each in another way: preparing it costs as much as some of them. */
const FAULTS_PER_SCENARIO = 30;

function* faultsOf({ changes, begin }: Interruptible, seed: number): Generator<Blow> {
  const share = randomShares(seed);
  for (let at = 0; at < FAULTS_PER_SCENARIO; at += 1) {
    const point = begin + 1 + Math.floor(share() * (changes.length - begin));
    const error = FAULTS[Math.floor(share() * FAULTS.length)] ?? "EIO";
    yield { type: "fault", point, error, on: share() < 0.5, short: share() < 0.2 };
  }
}

/** Each costs two processes. */
const CRAMPS_PER_SCENARIO = 8;
/** From what hardly anything begins with to what suffices. */
const MOST_KIB = 40_000;

function* crampsOf({ begin }: Interruptible, seed: number): Generator<Blow> {
  const share = randomShares(seed);
  for (let at = 0; at < CRAMPS_PER_SCENARIO; at += 1) {
    // The name of a point is saved with a case; memory has none.
    yield { type: "memory", point: begin + 1, moreKiB: Math.floor(MOST_KIB * share() ** 2) };
  }
}

const CAMPAIGN_OF: Readonly<Partial<Record<Blow["type"], string>>> = {
  fault: "faults",
  memory: "memory",
};

async function record(
  problem: string,
  blow: SavedBlow,
  seed: number,
  { tally, options, scenario }: Course,
): Promise<void> {
  const signature = signatureOf(blow.type, problem);
  const isKnown = tally.failures.some((known) => known.signature === signature);
  const campaign = CAMPAIGN_OF[blow.type] ?? "crashes";
  const found = `pnpm torture --only ${campaign} --seed ${seed} --runs 1`;
  const saved = { about: problem, invariant: "crash", found, scenario, blow };
  const name = `crash-${blow.type.replaceAll(" ", "-")}-${seed}`;
  if (!isKnown) options.log(`seed ${seed}, ${blow.type} at ${blow.at}: ${problem}`);
  if (!isKnown) writeCase(name, saved, options.folder);
  const file = isKnown ? null : writeCase(name, await reduceSaved(saved), options.folder);
  tally.failures.push({ signature, message: problem, file });
}
