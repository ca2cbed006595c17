import { benchPair } from "./data/pair.ts";
import { LARGE, SMALL, SMOKE, STANDARD } from "./data/sizes.ts";
import type { Size } from "./data/sizes.ts";
import { measureConflicts } from "./measure/conflicts.ts";
import { measureDiff, measureDiffs } from "./measure/diffs.ts";
import { measureLag, measureOneWriter, measureSustained } from "./measure/live.ts";
import type { Failure, Result } from "./measure/result.ts";
import { measureStart } from "./measure/start.ts";
import { measureLoad, measureSync } from "./measure/sync.ts";
import { measureValidate } from "./measure/validate.ts";
import { PAGE_GROUPS } from "./options.ts";
import type { BenchOptions } from "./options.ts";
import { describeMachine } from "./process/machine.ts";
import { hasSqldiff } from "./process/programs.ts";
import type { BenchReport } from "./report.ts";

interface Step {
  readonly group: string;
  readonly what: string;
  readonly measure: () => Promise<Result[]>;
}

/** Runs of seconds vary little. */
const MAX_LONG_RUNS = 3;

/**
 * Measures everything that was asked for. A step that fails is reported as such and the others go on.
 *
 * @param say - hears what is being done
 */
export async function bench(
  options: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const results: Result[] = [];
  const failures: Failure[] = [];
  const wanted: readonly string[] = options.only ?? PAGE_GROUPS;
  const steps = options.large ? largeSteps(options) : stepsFor(options);
  for (const { group, what, measure } of steps) {
    if (!wanted.includes(group)) continue;
    say(`${new Date().toISOString().slice(11, 19)} ${what}`);
    try {
      results.push(...(await measure()));
    } catch (error) {
      failures.push({ id: group, what, error: error instanceof Error ? error.message : "unknown" });
    }
  }
  return {
    schemaVersion: 2,
    finishedAt: new Date().toISOString(),
    machine: describeMachine(),
    results,
    failures,
    notes: hasSqldiff() ? [] : ["sqldiff is not installed (Debian: sqlite3-tools): no comparison."],
  };
}

function stepsFor({ smoke, runs }: BenchOptions): Step[] {
  const size = smoke ? SMOKE : STANDARD;
  const long = Math.min(runs, MAX_LONG_RUNS);
  return [
    { group: "start", what: "timing the start", measure: () => measureStart(2 * runs) },
    {
      group: "diff",
      what: "comparing",
      measure: () => measureDiffs(benchPair(size), runs),
    },
    {
      group: "sync",
      what: "synchronizing",
      measure: () => measureSync(benchPair(size), roundsOf(smoke, long)),
    },
    {
      group: "load",
      what: "loading an empty side",
      measure: () => measureLoad(benchPair(size), Math.min(long, 2)),
    },
    {
      group: "live",
      what: "editing a pair of 1 MB that is kept in step",
      measure: async () => [await measureLag(1, smoke ? 4 : 200)],
    },
    {
      group: "writer",
      what: "writing on one side, as fast as can be",
      measure: () => measureOneWriter(smoke ? 1000 : 200_000),
    },
    ...(smoke ? [] : SMALL.map((small) => growthStep(small))),
    ...otherSteps({ smoke, size, long }),
  ];
}

function roundsOf(smoke: boolean, long: number): Parameters<typeof measureSync>[1] {
  return smoke
    ? { first: 1, second: 1, edited: 1, liveEdits: 2 }
    : { first: long, second: 5, edited: 5, liveEdits: 50 };
}

/** How cost grows: the same work on other sizes. */
function growthStep(size: Size): Step {
  return {
    group: "growth",
    what: `how cost grows, ${size.name}`,
    measure: async () => [
      ...(await measureDiff(benchPair(size), 3)),
      ...(await measureSync(benchPair(size), { first: 1, second: 3, edited: 1, liveEdits: 20 })),
    ],
  };
}

/** Long work once: ten minutes have to do, making the pair aside. */
function largeSteps({ smoke }: BenchOptions): Step[] {
  const size = smoke ? SMOKE : LARGE;
  return [
    {
      group: "growth",
      what: `comparing, ${size.name}`,
      measure: () => measureDiff(benchPair(size), 1),
    },
    {
      group: "growth",
      what: `synchronizing, ${size.name}`,
      measure: () =>
        measureSync(benchPair(size), { first: 1, second: 2, edited: 1, liveEdits: smoke ? 2 : 20 }),
    },
  ];
}

/** What the page does not show. */
function otherSteps({
  smoke,
  size,
  long,
}: {
  readonly smoke: boolean;
  readonly size: Size;
  readonly long: number;
}): Step[] {
  // In rollback mode, writers that sync each of 500 commits a second leave no gap on a common disk: plain
  // SELECTs with a busy timeout of two seconds fail as well.
  const RATES = { wal: 500, delete: 150 } as const;
  return [
    {
      group: "validate",
      what: "validating",
      measure: () => measureValidate(benchPair(size), long),
    },
    {
      group: "conflicts",
      what: "synchronizing rows in conflict",
      measure: () => measureConflicts(smoke, long),
    },
    ...(["wal", "delete"] as const).map((journalMode) => ({
      group: "sustained",
      what: `writing on both sides all the time, ${journalMode}`,
      measure: () =>
        measureSustained({
          journalMode,
          seconds: smoke ? 2 : 60,
          rate: smoke ? 50 : RATES[journalMode],
        }),
    })),
  ];
}
