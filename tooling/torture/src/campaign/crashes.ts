import fc from "fast-check";
import { changeNames } from "../crash/change-name.ts";
import { prepareInterruption } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { buildShim } from "../crash/shim.ts";
import { randomShares } from "../crash/random-shares.ts";
import { FAULTS, strike } from "../crash/strike.ts";
import type { Blow } from "../crash/strike.ts";
import { interruptibleSpecs } from "../generate/interruptible.ts";
import { renderScenario } from "../generate/render.ts";
import type { Scenario } from "../scenario.ts";
import { knownDefect, writeCase } from "../cases/saved-case.ts";
import type { SavedBlow } from "../cases/saved-case.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Tally } from "./tally.ts";
import type { CampaignOptions } from "./sequences.ts";

/** Interrupts the last run of random scenarios at every change to a file, with and without a power loss. */
export async function playCrashes(options: CampaignOptions): Promise<Tally> {
  return playBlows(options, blowsOf);
}

/** Lets changes to files fail in the last run of random scenarios. */
export async function playFaults(options: CampaignOptions): Promise<Tally> {
  return playBlows(options, faultsOf);
}

type Blows = (prepared: Interruptible, seed: number) => Iterable<Blow>;

async function playBlows(options: CampaignOptions, blows: Blows): Promise<Tally> {
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
    const { scenario, features } = renderScenario(spec);
    const prepared = await prepareSafely(scenario, shim.path, options);
    if (prepared === null) continue;
    countSeen(tally, features);
    try {
      await interruptEverywhere(prepared, seed, { tally, options, scenario, blows });
    } finally {
      prepared.stage.remove();
      prepared.world.remove();
    }
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
  readonly blows: Blows;
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
    const problems = await strike(prepared, blow);
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
    record(problem, { ...unnumbered, at }, seed, course);
    // The rest of this scenario would most likely say the same.
    return;
  }
  if (every === 1) countSeen(course.tally, ["scenarios to their end"]);
}

/** Every point as a kill, two power losses at each, and a real kill at some. */
function* blowsOf({ changes, begin }: Interruptible, seed: number): Generator<Blow> {
  for (let point = begin + 1; point <= changes.length + 1; point += 1) {
    yield { type: "kill", point };
    if ((point + seed) % 4 === 0) yield { type: "kill", point, editsBetween: true };
    for (const survival of [0, 0.5]) {
      yield { type: "power", point, seed: seed + point, survival };
    }
    if ((point + seed) % 16 === 0 && point <= changes.length) {
      yield { type: "real kill", point, torn: (point + seed) % 32 === 0 };
    }
  }
}

function wordOf(blow: Blow): string {
  if (blow.type === "fault") return `fault ${blow.error}`;
  return blow.type === "kill" && blow.editsBetween === true ? "kill, then edits" : blow.type;
}

/** So many of a scenario's changes fail, each in another way: each costs a process. */
const FAULTS_PER_SCENARIO = 12;

function* faultsOf({ changes, begin }: Interruptible, seed: number): Generator<Blow> {
  const share = randomShares(seed);
  for (let at = 0; at < FAULTS_PER_SCENARIO; at += 1) {
    const point = begin + 1 + Math.floor(share() * (changes.length - begin));
    const error = FAULTS[Math.floor(share() * FAULTS.length)] ?? "EIO";
    yield { type: "fault", point, error, on: share() < 0.5, short: share() < 0.2 };
  }
}

function record(
  problem: string,
  blow: SavedBlow,
  seed: number,
  { tally, options, scenario }: Course,
): void {
  const signature = signatureOf(blow.type, problem);
  const isKnown = tally.failures.some((known) => known.signature === signature);
  const campaign = blow.type === "fault" ? "faults" : "crashes";
  const found = `pnpm torture --only ${campaign} --seed ${seed} --runs 1`;
  const saved = { about: problem, invariant: "crash", found, scenario, blow };
  const name = `crash-${blow.type.replaceAll(" ", "-")}-${seed}`;
  const file = isKnown ? null : writeCase(name, saved, options.folder);
  if (!isKnown) options.log(`seed ${seed}, ${blow.type} at ${blow.at}: ${problem}`);
  tally.failures.push({ signature, message: problem, file });
}
