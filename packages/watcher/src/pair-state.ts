/**
 * Why a pair is looked at, the weakest first. `poll`: it is time; `event`: a file was heard of;
 * `retry`: the last run failed, and it is time for another; `asked`: somebody wants it now.
 */
export type Urgency = "poll" | "event" | "retry" | "asked";

/** Wake-ups that are gathered until the pair is looked at. */
export interface Wake {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly urgency: "event" | "asked";
  /** Looks that were made without waiting for quiet, and found nothing yet. */
  readonly looks: number;
}

/** How the last run left the pair. */
export type Standing =
  | { readonly type: "well" }
  | {
      readonly type: "backing-off";
      /** Failures in a row. */
      readonly attempt: number;
      readonly failedMs: number;
      readonly retryMs: number;
    }
  /** Only a change or a person gets it going. */
  | { readonly type: "paused" };

/** What decides when a pair is looked at next. Plain data; all times are milliseconds of one clock. */
export interface PairState {
  readonly standing: Standing;
  readonly running: Running | null;
  readonly wake: Wake | null;
  /** The next look without any wake-up. */
  readonly pollMs: number;
  /** Since when something waits to be synchronized, as far as was heard. */
  readonly waitingSinceMs: number | null;
  /** When the last run ended well, and how long it took. */
  readonly ranMs: number;
  readonly runMs: number;
}

/** A look that is under way. */
export interface Running {
  readonly urgency: Urgency;
  readonly sinceMs: number;
  /** The wake-up that it did not wait out; `null`: it did. */
  readonly eager: Wake | null;
}

/** How a look at a pair ended. */
export type LookOutcome =
  /** Nothing had changed; no run was made. */
  | { readonly type: "nothing" }
  /** The files look the same, but too young to tell: look again then. */
  | { readonly type: "too-young"; readonly untilMs: number }
  | { readonly type: "done" }
  /** `lasting`: it does not get better by itself. */
  | { readonly type: "failed"; readonly lasting: boolean };

/** How long what may wait. */
export interface Timing {
  /** Quiet time after a wake-up, so that a burst is one run. */
  readonly debounceMs: number;
  /** A burst that does not end is cut off so long after it began. */
  readonly maxWaitMs: number;
  readonly pollMs: number;
}

/** Randomness as `Math.random` gives it: from 0 up to 1, without 1. */
export type Random = () => number;

/**
 * What is heard first is mostly a single commit, which is there within milliseconds: so long after it a look is
 * made at once, and again and again for those that sync the disk first. A look that finds nothing costs some
 * microseconds. Only what is not there by then waits for quiet.
 */
const EAGER_MS = [1, 3, 6, 9, 13, 18, 25, 35];

/** The same, and whether there is somebody who knows at once if anything was committed. */
export interface Pace extends Timing {
  readonly isEager: boolean;
}

// A lock is free again soon; an unplugged disk is not worth looking for more often than this.
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
// A wake-up brings a retry forward, but a constant writer must not make it constant.
const LEAST_RETRY_MS = 1000;

/** A pair that has not been looked at yet: it is due at once. */
export function newPair(nowMs: number): PairState {
  const wake = { firstMs: nowMs, lastMs: nowMs, urgency: "asked", looks: 0 } as const;
  const never = Number.NEGATIVE_INFINITY;
  return {
    standing: { type: "well" },
    running: null,
    wake,
    pollMs: nowMs,
    waitingSinceMs: null,
    ranMs: never,
    runMs: 0,
  };
}

/** Adds a wake-up. During a run it leads to another look afterwards. */
export function wakePair(state: PairState, nowMs: number, urgency: Wake["urgency"]): PairState {
  const wake = gather(state.wake, { firstMs: nowMs, lastMs: nowMs, urgency, looks: 0 });
  return { ...state, wake, waitingSinceMs: state.waitingSinceMs ?? nowMs };
}

/** When the pair is to be looked at; `null` while it is. */
export function dueMs(state: PairState, timing: Pace): number | null {
  const { standing, running, wake, pollMs } = state;
  if (running !== null) return null;
  const wokenMs = wake === null ? Number.POSITIVE_INFINITY : gatheredMs(wake, timing);
  if (standing.type !== "backing-off") {
    return Math.min(eagerMs(state, timing) ?? wokenMs, wokenMs, pollMs);
  }
  const isAsked = wake?.urgency === "asked";
  const soonestMs = isAsked ? wokenMs : Math.max(wokenMs, standing.failedMs + LEAST_RETRY_MS);
  return Math.min(soonestMs, pollMs, standing.retryMs);
}

/** The look begins. Wake-ups from now on are for the next one. */
export function startLook(state: PairState, nowMs: number, timing: Pace): PairState {
  const { wake } = state;
  const isEager =
    wake !== null && eagerMs(state, timing) !== null && nowMs < gatheredMs(wake, timing);
  const eager = isEager ? { ...wake, looks: wake.looks + 1 } : null;
  return {
    ...state,
    running: { urgency: urgencyOf(state, nowMs), sinceMs: nowMs, eager },
    wake: null,
  };
}

/**
 * When to look without waiting for quiet; `null` where that was done. After a run as long as that
 * took, so that somebody who writes all the time costs half a processor at most.
 */
function eagerMs(
  { standing, wake, ranMs, runMs }: PairState,
  { debounceMs, isEager }: Pace,
): number | null {
  if (!isEager || wake?.urgency !== "event" || standing.type !== "well") return null;
  const afterMs = EAGER_MS[wake.looks];
  if (afterMs === undefined) return null;
  const readyMs = ranMs + Math.min(runMs, debounceMs);
  return Math.max(wake.firstMs + Math.min(afterMs, debounceMs), readyMs);
}

/** The look ended: when is the next one? */
export function finishLook(
  state: PairState,
  outcome: LookOutcome,
  { nowMs, timing, random }: { nowMs: number; timing: Timing; random: Random },
): PairState {
  // Spread, so that a hundred pairs are not looked at in the same moment for ever.
  const pollMs = nowMs + timing.pollMs * (0.75 + random() / 2);
  const rested = { ...state, running: null, pollMs };
  const wokenMs = state.wake?.firstMs ?? null;
  switch (outcome.type) {
    case "nothing": {
      const eager = state.running?.eager ?? null;
      // It was early; its wake-up still stands.
      if (eager !== null) return { ...rested, wake: gather(state.wake, eager) };
      return isFailing(state) ? rested : { ...rested, waitingSinceMs: wokenMs };
    }
    case "too-young": {
      const { untilMs } = outcome;
      const later = {
        firstMs: untilMs,
        lastMs: untilMs,
        urgency: "event",
        looks: EAGER_MS.length,
      } as const;
      return { ...rested, wake: state.wake ?? later };
    }
    case "done":
      return {
        ...rested,
        standing: { type: "well" },
        waitingSinceMs: wokenMs,
        ranMs: nowMs,
        runMs: nowMs - (state.running?.sinceMs ?? nowMs),
      };
    case "failed": {
      const standing = outcome.lasting ? PAUSED : backingOff(state.standing, nowMs, random);
      return { ...rested, standing, waitingSinceMs: state.waitingSinceMs ?? nowMs };
    }
  }
}

export function isFailing({ standing }: PairState): boolean {
  return standing.type !== "well";
}

const PAUSED: Standing = { type: "paused" };

/**
 * Doubles from one second to five minutes, and takes a random part of the upper half, so that many
 * pairs that failed together do not come back together.
 */
function backingOff(before: Standing, nowMs: number, random: Random): Standing {
  const attempt = before.type === "backing-off" ? before.attempt + 1 : 1;
  // 2^20 seconds are far beyond the longest wait, and still a number.
  const fullMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_RETRY_MS);
  const waitMs = fullMs * (0.5 + random() / 2);
  return { type: "backing-off", attempt, failedMs: nowMs, retryMs: nowMs + waitMs };
}

function gather(earlier: Wake | null, later: Wake): Wake {
  if (earlier === null) return later;
  const looks = Math.max(earlier.looks, later.looks);
  const all = {
    firstMs: Math.min(earlier.firstMs, later.firstMs),
    lastMs: Math.max(earlier.lastMs, later.lastMs),
    urgency: earlier.urgency === "asked" ? "asked" : later.urgency,
    looks,
  };
  // What was heard after the looks at something else were over is looked at as if it came alone.
  const unseen = [earlier, later].find((wake) => wake.looks === 0);
  if (unseen === undefined || looks < EAGER_MS.length) return all;
  return { ...all, firstMs: unseen.firstMs, looks: 0 };
}

function gatheredMs({ firstMs, lastMs, urgency }: Wake, timing: Timing): number {
  if (urgency !== "event") return firstMs;
  return Math.min(lastMs + timing.debounceMs, firstMs + timing.maxWaitMs);
}

/** What failed is run again when its time has come; before that, only if its files changed. */
function urgencyOf({ standing, wake }: PairState, nowMs: number): Urgency {
  if (standing.type === "backing-off" && nowMs >= standing.retryMs) {
    return wake?.urgency === "asked" ? "asked" : "retry";
  }
  if (wake !== null) return wake.urgency;
  return standing.type === "well" ? "poll" : "event";
}
