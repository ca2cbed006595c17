import type { Timing } from "../process/run-command.ts";

/** One thing that was measured, over several runs. */
export interface Result {
  /** Stable, for machines: `diff`, `sync-second-run`. */
  readonly id: string;
  /** For people. */
  readonly what: string;
  readonly timesMs: readonly number[];
  readonly medianMs: number;
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
  const timesMs = timings.map(({ ms }) => ms);
  const medianMs = median(timesMs);
  const peaks = timings.map(({ peakBytes }) => peakBytes).filter((peak) => peak !== null);
  return {
    id,
    what,
    timesMs,
    medianMs,
    peakBytes: peaks.length === 0 ? null : Math.max(...peaks),
    rows,
    rowsPerSecond: rows === null ? null : rows / (medianMs / 1000),
  };
}

/** The middle one; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const [below = NaN, above = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
