import type { Timing } from "../process/run-command.ts";

/** One thing that was measured, over several runs. */
export interface Result {
  /** Stable, for machines: `diff`, `sync-second-run`. */
  readonly id: string;
  /** For people. */
  readonly what: string;
  readonly timesMs: readonly number[];
  readonly medianMs: number;
  /** The 99th of 100; of fewer, the longest. */
  readonly p99Ms: number;
  readonly peakBytes: number | null;
  /** Rows that the work is about, where that is of interest. */
  readonly rows: number | null;
  readonly rowsPerSecond: number | null;
}

/** Something that could not be measured, and why. */
export interface Failure {
  readonly id: string;
  readonly what: string;
  readonly error: string;
}

/** Puts several runs of one thing together. */
export function resultOf(
  id: string,
  what: string,
  timings: readonly Timing[],
  rows: number | null = null,
): Result {
  // Nobody can tell more of them.
  const timesMs = timings.map(({ ms }) => Math.round(ms * 100) / 100);
  const medianMs = median(timesMs);
  const peaks = timings.map(({ peakBytes }) => peakBytes).filter((peak) => peak !== null);
  return {
    id,
    what,
    timesMs,
    medianMs,
    p99Ms: timesMs.toSorted((x, y) => x - y)[Math.ceil(timesMs.length * 0.99) - 1] ?? NaN,
    peakBytes: peaks.length === 0 ? null : Math.max(...peaks),
    rows,
    rowsPerSecond: rows === null ? null : Math.round(rows / (medianMs / 1000)),
  };
}

/** The middle one; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const [below = NaN, above = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
