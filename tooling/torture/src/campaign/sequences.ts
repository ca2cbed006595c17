import fc from "fast-check";
import { reduceScenario } from "../cases/reduce-scenario.ts";
import { knownDefect, writeCase } from "../cases/saved-case.ts";
import { renderScenario } from "../generate/render.ts";
import { scenarioSpecs } from "../generate/spec.ts";
import { NOTHING_KNOWN } from "../model/pair-model.ts";
import type { KeptProcesses } from "../kept/kept-processes.ts";
import type { Violation } from "../run/made-run.ts";
import { play } from "../run/play.ts";
import type { Scenario } from "../scenario.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Failure, Tally } from "./tally.ts";

/** Scenarios tried in a row with one seed: few, since the first that fails ends them. */
const BATCH = 25;
/** Fewer choices are seldom more than a minute away. */
const SHRINK_MS = 60_000;

export interface CampaignOptions {
  readonly seed: number;
  /** Asked after every batch. */
  readonly isOver: (tally: Tally) => boolean;
  readonly log: (line: string) => void;
  /** Where reduced cases go; the folder of saved cases without it. */
  readonly folder?: string;
  /** Of crash points and faults only every so-manieth; all of them without it. */
  readonly every?: number;
  /** Processes of the product that stay from one run to the next; what fails is tried without them. */
  readonly kept?: KeptProcesses;
}

/** Plays random histories until told to stop. The same seed tries the same ones in the same order. */
export async function playSequences(options: CampaignOptions): Promise<Tally> {
  const tally = createTally();
  for (let batch = 0; !options.isOver(tally); batch += 1) {
    const seed = (options.seed + batch) | 0;
    const found = await playBatch(seed, tally, options.kept);
    if (found !== null) tally.failures.push(await recordFailure(found, seed, tally, options));
  }
  return tally;
}

interface Found {
  readonly scenario: Scenario;
  readonly violation: Violation;
}

/** @returns a failure with its choices shrunk, or `null` */
async function playBatch(
  seed: number,
  tally: Tally,
  kept: KeptProcesses | undefined,
): Promise<Found | null> {
  let first: Violation | null = null;
  let smallest: Found | null = null;
  const property = fc.asyncProperty(scenarioSpecs(), async (spec) => {
    const { scenario, features } = renderScenario(spec);
    const { violations, runs, seen } = await playSurely(scenario, kept);
    const [violation] = violations;
    const known = violation && knownDefect(violation.invariant, violation.message);
    if (first === null) {
      tally.cases += 1;
      tally.runs += runs;
      countSeen(tally, [...new Set([...features, ...seen])]);
      if (known) countSeen(tally, [`known defect ${known}`]);
    }
    // While shrinking, another failure is another case.
    if (violation === undefined || known || (first !== null && !isAlike(first, violation))) return;
    first ??= violation;
    smallest = { scenario, violation };
    throw new Error(violation.message);
  });
  await fc.check(property, { seed, numRuns: BATCH, interruptAfterTimeLimit: SHRINK_MS });
  return smallest;
}

/** What fails beside processes that ran before is played once more without them. */
async function playSurely(
  scenario: Scenario,
  kept: KeptProcesses | undefined,
): ReturnType<typeof playSafely> {
  const played = await playSafely(scenario);
  if (kept === undefined || played.violations.length === 0) return played;
  const again = await kept.without(async () => playSafely(scenario));
  if (again.violations.length > 0) return again;
  const violations = played.violations.map((one) => ({ ...one, message: onlyKept(one.message) }));
  return { ...played, violations };
}

/** Of what is wrong, that which is wrong with new processes, too; else what was wrong is said to be of the others. */
export function surest(
  problems: readonly string[],
  problemsFreshly: readonly string[],
): readonly string[] {
  return problemsFreshly.length > 0 ? problemsFreshly : problems.map(onlyKept);
}

function onlyKept(problem: string): string {
  return `only in processes that did something before: ${problem}`;
}

/** An exception is a failure as well: of the product where it is none of its own errors, or of this harness. */
async function playSafely(scenario: Scenario): Promise<Awaited<ReturnType<typeof play>>> {
  try {
    return await play(scenario);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      violations: [{ invariant: "exception", step: -1, message }],
      runs: 0,
      seen: [],
      model: NOTHING_KNOWN,
    };
  }
}

function isAlike(one: Violation, other: Violation): boolean {
  return signatureOf(one.invariant, one.message) === signatureOf(other.invariant, other.message);
}

async function recordFailure(
  { scenario, violation }: Found,
  seed: number,
  tally: Tally,
  { log, folder }: CampaignOptions,
): Promise<Failure> {
  const signature = signatureOf(violation.invariant, violation.message);
  const { message, invariant } = violation;
  if (tally.failures.some((known) => known.signature === signature)) {
    return { signature, message, file: null };
  }
  log(`seed ${seed}: ${invariant}: ${message}`);
  const found = `pnpm torture --only sequences --seed ${seed} --runs 1`;
  const name = `${invariant.replaceAll(" ", "-")}-${seed}`;
  const about = { about: message, invariant, found };
  // Reducing takes minutes: whoever ends the campaign meanwhile has the whole case.
  writeCase(name, { ...about, scenario }, folder);
  const reduced = await reduceScenario(scenario, async (candidate) => {
    const { violations } = await playSafely(candidate);
    return violations[0] !== undefined && isAlike(violations[0], violation);
  });
  return { signature, message, file: writeCase(name, { ...about, scenario: reduced }, folder) };
}
