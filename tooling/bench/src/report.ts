import type { Failure, Result } from "./measure/result.ts";
import type { Machine } from "./process/machine.ts";

/** Everything one bench found out; what is written as JSON. */
export interface BenchReport {
  readonly schemaVersion: 1;
  readonly finishedAt: string;
  readonly machine: Machine;
  readonly pairs: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly rows: number;
  }[];
  readonly results: readonly Result[];
  /** How many times as long the other program took, by the id of our result. */
  readonly ratios: readonly Ratio[];
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
}

export interface Ratio {
  readonly id: string;
  readonly against: string;
  /** Their median divided by ours: above 1, we are faster. */
  readonly ratio: number;
}

const COMPARED: readonly (readonly [ours: string, theirs: string])[] = [
  ["diff", "sqldiff"],
  ["diff-sql", "sqldiff"],
  ["diff-full", "sqldiff"],
  ["diff-equal", "cmp-equal"],
  ["diff-equal", "sqldiff-equal"],
  ["diff-packed", "sqldiff-packed"],
  ["diff-tenth", "sqldiff-tenth"],
  ["validate", "integrity"],
  ["validate", "select"],
  ["diff-large", "sqldiff-large"],
  ["diff-sql-large", "sqldiff-large"],
];

/** The ratios of those results that are there. */
export function ratiosOf(results: readonly Result[]): Ratio[] {
  const medianOf = (id: string): number | undefined =>
    results.find((result) => result.id === id)?.medianMs;
  return COMPARED.flatMap(([id, against]) => {
    const [ours, theirs] = [medianOf(id), medianOf(against)];
    return ours === undefined || theirs === undefined
      ? []
      : [{ id, against, ratio: theirs / ours }];
  });
}

/** The report for people. */
export function reportText(report: BenchReport): string {
  const { machine } = report;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)} memory, ${machine.system}`,
    `Node ${machine.node}, SQLite ${machine.sqlite}`,
    ...report.pairs.map(
      ({ name, bytes, rows }) =>
        `${name} pair: ${megabytes(bytes)} a file, ${rows.toLocaleString("en")} rows`,
    ),
    "",
    row("median", "runs from", "to", ["rows/s", "peak memory", "what"]),
    ...report.results.map(resultLine),
    ...report.ratios.map(ratioLine),
    ...report.failures.map(({ what, error }) => `failed: ${what}: ${error}`),
    ...report.notes,
  ];
  return `${lines.join("\n")}\n`;
}

function resultLine(result: Result): string {
  const speed = result.rowsPerSecond;
  return row(
    seconds(result.medianMs),
    seconds(Math.min(...result.timesMs)),
    seconds(Math.max(...result.timesMs)),
    [
      speed === null ? "" : Math.round(speed).toLocaleString("en"),
      result.peakBytes === null ? "" : megabytes(result.peakBytes),
      result.id.endsWith("-large") ? `${result.what} (large)` : result.what,
    ],
  );
}

function ratioLine({ id, against, ratio }: Ratio): string {
  return `${against} takes ${ratio.toFixed(2)} times as long as ${id}`;
}

function row(
  median: string,
  from: string,
  to: string,
  rest: readonly [string, string, string],
): string {
  const [speed, memory, what] = rest;
  return [
    median.padStart(9),
    from.padStart(9),
    to.padStart(9),
    speed.padStart(12),
    memory.padStart(11),
  ]
    .concat(` ${what}`)
    .join(" ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
}
