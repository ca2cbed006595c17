import { benchPair } from "./data/pair.ts";
import type { BenchPair } from "./data/pair.ts";
import { LARGE, SMOKE, STANDARD, rowsOf } from "./data/sizes.ts";
import { measureConflicts } from "./measure/conflicts.ts";
import { measureDiff } from "./measure/diff.ts";
import { measureDiffOfCopies } from "./measure/diff-copies.ts";
import type { Failure, Result } from "./measure/result.ts";
import { measureLag, measureSustained } from "./measure/live.ts";
import type { LiveSize } from "./measure/live.ts";
import { measureStart } from "./measure/start.ts";
import { measureChangedSides, measureEqualSides, measureLoad } from "./measure/sync.ts";
import { measureValidate } from "./measure/validate.ts";
import type { BenchOptions } from "./options.ts";
import { describeMachine } from "./process/machine.ts";
import { hasSqldiff } from "./process/programs.ts";
import { ratiosOf } from "./report.ts";
import type { BenchReport } from "./report.ts";

interface Step {
  readonly group: string;
  readonly what: string;
  readonly measure: () => Promise<Result[]>;
}

/** Runs of a sync or on the large pair take long and vary little. */
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
  say("making the databases, or finding them");
  const isForPairs = options.only.some((group) => !["live", "sustained"].includes(group));
  const pairs = [
    ...(isForPairs ? [benchPair(options.smoke ? SMOKE : STANDARD)] : []),
    ...(isForPairs && options.large ? [benchPair(LARGE)] : []),
  ];
  const results: Result[] = [];
  const failures: Failure[] = [];
  for (const { group, what, measure } of [...stepsFor(pairs, options), ...liveSteps(options)]) {
    if (!options.only.includes(group)) continue;
    say(what);
    try {
      results.push(...(await measure()));
    } catch (error) {
      failures.push({ id: group, what, error: error instanceof Error ? error.message : "unknown" });
    }
  }
  return {
    schemaVersion: 1,
    finishedAt: new Date().toISOString(),
    machine: describeMachine(),
    pairs: pairs.map(({ size, bytes }) => ({ name: size.name, bytes, rows: rowsOf(size) })),
    results,
    ratios: ratiosOf(results),
    failures,
    notes: hasSqldiff() ? [] : ["sqldiff is not installed (Debian: sqlite3-tools): no comparison."],
  };
}

function stepsFor(pairs: readonly BenchPair[], { runs, smoke }: BenchOptions): Step[] {
  const start: Step = {
    group: "start",
    what: "timing the start",
    measure: () => measureStart(runs),
  };
  const conflicts: Step = {
    group: "conflicts",
    what: "synchronizing rows in conflict",
    measure: () => measureConflicts(smoke, Math.min(runs, MAX_LONG_RUNS)),
  };
  return [start, ...pairs.flatMap((pair) => pairSteps(pair, runs)), conflicts];
}

/** Edits while pairs are kept in step. */
function liveSteps({ smoke, large }: BenchOptions): Step[] {
  const edits = smoke ? 4 : 200;
  const sizes: LiveSize[] = smoke
    ? [{ pairs: 2, megabytes: 1, edits }]
    : [
        ...[1, 10, 100].map((pairs) => ({ pairs, megabytes: 1, edits })),
        { pairs: 1, megabytes: 100, edits: 20 },
        ...(large ? [{ pairs: 1, megabytes: 1000, edits: 5 }] : []),
      ];
  const lags = sizes.map((size) => ({
    group: "live",
    what: `editing ${size.pairs} pairs of ${size.megabytes} MB`,
    measure: () => measureLag(size),
  }));
  // In rollback mode, writers that sync each of 500 commits a second leave no gap on a common disk: plain
  // SELECTs with a busy timeout of two seconds fail as well.
  const RATES = { wal: 500, delete: 150 } as const;
  const sustained = (["wal", "delete"] as const).map((journalMode) => ({
    group: "sustained",
    what: `writing on both sides all the time, ${journalMode}`,
    measure: () =>
      measureSustained({
        journalMode,
        seconds: smoke ? 2 : 60,
        rate: smoke ? 50 : RATES[journalMode],
      }),
  }));
  return [...lags, ...sustained];
}

function pairSteps(pair: BenchPair, runs: number): Step[] {
  const { name } = pair.size;
  const longRuns = Math.min(runs, MAX_LONG_RUNS);
  return [
    {
      group: "diff",
      what: `comparing the ${name} pair`,
      measure: () => measureDiff(pair, name === "large" ? longRuns : runs),
    },
    ...(name === "large"
      ? []
      : [
          {
            group: "copies",
            what: `comparing other copies, ${name}`,
            measure: () => measureDiffOfCopies(pair, longRuns),
          },
          {
            group: "validate",
            what: `validating the ${name} pair`,
            measure: () => measureValidate(pair, longRuns),
          },
        ]),
    {
      group: "sync",
      what: `synchronizing equal sides, ${name}`,
      measure: () => measureEqualSides(pair, longRuns),
    },
    {
      group: "sync",
      what: `synchronizing the ${name} pair`,
      measure: () => measureChangedSides(pair, longRuns),
    },
    {
      group: "load",
      what: `loading an empty side, ${name}`,
      measure: () => measureLoad(pair, longRuns),
    },
  ];
}
