import type { Failure, Result } from "./measure/result.ts";
import { FIGURES, compared } from "./page/figures.ts";
import type { Machine } from "./process/machine.ts";

/** Everything one bench found out; what is written as JSON. */
export interface BenchReport {
  readonly schemaVersion: 2;
  readonly finishedAt: string;
  readonly machine: Machine;
  readonly results: readonly Result[];
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
  /** What was said about the circumstances. */
  readonly remark?: string;
}

/** An earlier report, with what was measured now in the place of what it had. */
export function merged(earlier: BenchReport | null, now: BenchReport): BenchReport {
  if (earlier === null) return now;
  const isNew = ({ id }: Result): boolean => now.results.some((result) => result.id === id);
  return { ...now, results: [...earlier.results.filter((one) => !isNew(one)), ...now.results] };
}

/** The report for people. */
export function reportText(report: BenchReport): string {
  const { machine } = report;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)} memory, ${machine.system}`,
    `Node ${machine.node}, SQLite ${machine.sqlite}, sqldiff ${machine.sqldiff ?? "not installed"}`,
    "",
    row("median", "runs from", "to", ["rows/s", "peak memory", "what"]),
    ...report.results.map(resultLine),
    "",
    ...FIGURES.flatMap((figure) => {
      const found = compared(figure, report.results);
      const ratio = found?.ratioText ?? null;
      return ratio === null ? [] : [`${figure.what}: ${ratio}`];
    }),
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
      speed === null ? "" : speed.toLocaleString("en"),
      result.peakBytes === null ? "" : megabytes(result.peakBytes),
      `${result.id}: ${result.what}`,
    ],
  );
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
