import { isSame } from "./row-rule.ts";
import type { Three } from "./row-rule.ts";
import { timeOfValue } from "./time.ts";

/** A month: a laptop may have been offline for weeks, a clock that lost its battery is years off. */
const FAR_APART_MS = 30 * 24 * 60 * 60_000;

/**
 * Whether the newest time of what side a did lies so far from side b's that one of the clocks must be
 * wrong: then no time of the table decides anything. What both did alike is not looked at.
 */
export function areTimesApart(rows: readonly Three[], column: string | null): boolean {
  if (column === null) return false;
  const newest = (["a", "b"] as const).map((side) => {
    const times = rows
      .filter((row) => !isSame(row.a, row.b) && !isSame(row[side], row.base))
      .map((row) => timeOfValue(row[side]?.[column]))
      .filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(...times);
  });
  const [a = null, b = null] = newest;
  return a !== null && b !== null && Math.abs(a - b) > FAR_APART_MS;
}
