import type { SyncError, SyncErrorCode } from "@sync/model";
import type { Pair } from "../options.ts";
import { isSameSigns, readSigns } from "./side-signs.ts";
import type { SideSigns } from "./side-signs.ts";

/** When a pair may be tried again, and what was told about it. */
export type Schedule =
  | { readonly type: "well"; readonly told: string | null }
  | {
      readonly type: "failing";
      /** Since when, in milliseconds of a clock that never goes back, as all times here. */
      readonly sinceMs: number;
      readonly failures: number;
      readonly notBeforeMs: number;
      /** From here on it is tried again at once when its files change. */
      readonly onChangeMs: number;
      readonly signs: readonly SideSigns[];
      /** The failure that the listener knows of. */
      readonly told: string | null;
    };

/** What another program holds is free again soon; somebody is told only when it lasts. */
const PASSING: readonly SyncErrorCode[] = ["SYNC_LOCKED", "SYNC_PAIR_BUSY"];
const PASSING_IS_NEWS_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_PASSING_WAIT_MS = 1000;
/** A pair that cannot be synchronized costs a whole look each time, and nobody mends it within a minute. */
const LONGEST_WAIT_MS = 60_000;
/** A pair that is written all the time must not fail all the time. */
const MIN_CHANGE_WAIT_MS = 1000;

/** Tried at the next look. What was told about a failure is not told again, unless it was mended. */
export function untroubled({ told = null }: { readonly told?: string | null } = {}): Schedule {
  return { type: "well", told };
}

/** Whether to look at a pair now. One that failed waits, unless one of its files became another. */
export function isDue(schedule: Schedule, pair: Pair, nowMs: number): boolean {
  if (schedule.type === "well" || nowMs >= schedule.notBeforeMs) return true;
  if (nowMs < schedule.onChangeMs) return false;
  const before = schedule.signs;
  return signsOf(pair).some((sign, index) => !isSameSigns(sign, before[index] ?? sign));
}

/**
 * Waits longer after each failure, by chance a little more or less, so that pairs that failed together do
 * not come again together.
 *
 * @returns the schedule, and whether the failure is worth telling: each is told once
 */
export function afterFailure(
  schedule: Schedule,
  pair: Pair,
  { code, message }: SyncError,
  { timeMs, random }: { readonly timeMs: number; readonly random: number },
): { readonly schedule: Schedule; readonly isNews: boolean } {
  const isPassing = PASSING.includes(code);
  const before = schedule.type === "failing" ? schedule : null;
  const failures = (before?.failures ?? 0) + 1;
  const sinceMs = before?.sinceMs ?? timeMs;
  const longest = isPassing ? LONGEST_PASSING_WAIT_MS : LONGEST_WAIT_MS;
  const waitMs =
    Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20), longest) * (0.5 + random);
  const text = `${code}: ${message}`;
  const isNews = schedule.told !== text && (!isPassing || timeMs - sinceMs >= PASSING_IS_NEWS_MS);
  return {
    isNews,
    schedule: {
      type: "failing",
      sinceMs,
      failures,
      notBeforeMs: timeMs + waitMs,
      onChangeMs: timeMs + Math.min(waitMs, MIN_CHANGE_WAIT_MS),
      signs: signsOf(pair),
      told: isNews ? text : schedule.told,
    },
  };
}

function signsOf({ a, b }: Pair): SideSigns[] {
  return [a, b].map(readSigns);
}
