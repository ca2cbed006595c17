import type { SyncError, SyncReport } from "@sync/model";
import type { FileSigns } from "./file-signs.ts";
import { isLasting } from "./lasting-errors.ts";
import { lookAtPair } from "./look.ts";
import type { Look } from "./look.ts";
import { nextLooks } from "./next-looks.ts";
import { dueMs, finishLook, isFailing, newPair, startLook, wakePair } from "./pair-state.ts";
import type { LookOutcome, Pace, PairState, Random, Timing, Wake } from "./pair-state.ts";
import type { PairStatus, RunOptions, SyncTarget, WatchEvent, WatchedPair } from "./target.ts";

export interface LoopOptions {
  readonly target: SyncTarget;
  readonly run: RunOptions;
  readonly timing: Timing;
  /** Looks at once. */
  readonly slots: number;
  readonly tell: (event: WatchEvent) => void;
  /** What the machine says that the time is. */
  readonly now: () => number;
  /** Never goes back: a clock that is set must not keep a pair waiting. */
  readonly steadyNow: () => number;
  readonly random: Random;
}

/** A pair, and the two files by which it is known to share with others. */
export interface LoopPair {
  readonly pair: WatchedPair;
  readonly databases: readonly [string, string];
}

interface Entry extends LoopPair {
  readonly id: number;
  state: PairState;
  /** A look became a run. */
  isRunning: boolean;
  signs: FileSigns | null;
  lastRun: { readonly endedMs: number; readonly report: SyncReport } | null;
  error: SyncError | null;
}

// setTimeout takes no more; the loop just asks again then.
const LONGEST_TIMER_MS = 2_000_000_000;

/** Looks at pairs when their time comes: what is decided by `pair-state` and `next-looks` is done here. */
export class WatchLoop {
  readonly #options: LoopOptions;
  readonly #pace: Pace;
  readonly #entries: readonly Entry[];
  readonly #looks = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(pairs: readonly LoopPair[], options: LoopOptions) {
    this.#options = options;
    this.#pace = { ...options.timing, isEager: options.target.hasChanged !== undefined };
    const state = newPair(options.steadyNow());
    this.#entries = pairs.map((pair, id) => ({
      ...pair,
      id,
      state,
      isRunning: false,
      signs: null,
      lastRun: null,
      error: null,
    }));
  }

  /** Begins with a look at every pair: who knows what happened before. */
  start(): void {
    this.#step();
  }

  /** Something may have happened to a database. */
  hear(database: string): void {
    this.#wake(
      this.#entries.filter(({ pair }) => pair.a === database || pair.b === database),
      "event",
    );
  }

  /** Looks at a pair now, also at one that is paused; at all without one. */
  ask(wanted: (pair: WatchedPair) => boolean): void {
    this.#wake(
      this.#entries.filter(({ pair }) => wanted(pair)),
      "asked",
    );
  }

  status(): PairStatus[] {
    return this.#entries.map(({ pair, state, isRunning, lastRun, error }) => ({
      pair,
      state: isRunning ? "running" : stateName(state),
      lastRun,
      waitingSinceMs: this.#told(state.waitingSinceMs),
      retryMs: this.#told(state.standing.type === "backing-off" ? state.standing.retryMs : null),
      error: isFailing(state) ? error : null,
    }));
  }

  /** Begins no more looks, and waits for those that run. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await Promise.all(this.#looks);
  }

  #wake(entries: readonly Entry[], urgency: Wake["urgency"]): void {
    if (entries.length === 0) return;
    const nowMs = this.#options.steadyNow();
    for (const entry of entries) entry.state = wakePair(entry.state, nowMs, urgency);
    this.#step();
  }

  /** Starts what is due, and comes back when the next one is. */
  #step(): void {
    if (this.#isStopped) return;
    const { slots, steadyNow } = this.#options;
    const nowMs = steadyNow();
    const contenders = this.#entries.map(({ id, state, databases }) => ({
      id,
      databases,
      dueMs: dueMs(state, this.#pace),
    }));
    const { start, againMs } = nextLooks(contenders, { nowMs, slots });
    for (const id of start) {
      const entry = this.#entries[id];
      if (entry !== undefined) this.#begin(entry);
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    const waitMs = againMs === null ? null : Math.min(againMs - nowMs, LONGEST_TIMER_MS);
    this.#timer = waitMs === null ? null : setTimeout(() => this.#step(), Math.ceil(waitMs));
  }

  #begin(entry: Entry): void {
    entry.state = startLook(entry.state, this.#options.steadyNow(), this.#pace);
    const look = this.#look(entry).finally(() => {
      this.#looks.delete(look);
      this.#step();
    });
    this.#looks.add(look);
  }

  async #look(entry: Entry): Promise<void> {
    const { target, run, timing, now, steadyNow, random } = this.#options;
    const { look, signs } = await lookAtPair({
      target,
      pair: entry.pair,
      options: run,
      urgency: entry.state.running?.urgency ?? "asked",
      isEager: (entry.state.running?.eager ?? null) !== null,
      before: entry.signs,
      now,
      onRun: () => {
        entry.isRunning = true;
      },
    });
    entry.isRunning = false;
    entry.signs = signs;
    const nowMs = steadyNow();
    entry.state = finishLook(entry.state, outcomeOf(look, nowMs - now()), {
      nowMs,
      timing,
      random,
    });
    this.#note(entry, look);
  }

  #note(entry: Entry, look: Look): void {
    const { tell, run, now } = this.#options;
    const { pair, error, state } = entry;
    if (look.type === "done") {
      entry.lastRun = { endedMs: now(), report: look.report };
      entry.error = null;
      if (error !== null) tell({ type: "recovered", pair });
      tell({ type: "run", pair, report: look.report });
      this.#carryOn(entry);
    }
    const isCancelled = run.signal?.aborted === true;
    if (look.type === "failed" && !(isCancelled && look.error.code === "SYNC_CANCELLED")) {
      entry.error = look.error;
      const { standing } = state;
      const retryMs = this.#told(standing.type === "backing-off" ? standing.retryMs : null);
      if (error?.code !== look.error.code)
        tell({ type: "failed", pair, error: look.error, retryMs });
    }
  }

  /** A time of the steady clock by the machine's. */
  #told(steadyMs: number | null): number | null {
    const { now, steadyNow } = this.#options;
    return steadyMs === null ? null : steadyMs - steadyNow() + now();
  }

  /** What came to a database goes on from it: its other pairs look at it, though no event may come. */
  #carryOn(entry: Entry): void {
    const isNeighbour = (other: Entry): boolean =>
      other !== entry && other.databases.some((database) => entry.databases.includes(database));
    this.#wake(this.#entries.filter(isNeighbour), "event");
  }
}

/** @param aheadMs - of the machine's clock, by which files are young, the steady one */
function outcomeOf(look: Look, aheadMs: number): LookOutcome {
  if (look.type === "too-young") return { ...look, untilMs: look.untilMs + aheadMs };
  return look.type === "failed" ? { type: "failed", lasting: isLasting(look.error.code) } : look;
}

function stateName({ running, standing, wake }: PairState): PairStatus["state"] {
  if (standing.type !== "well") return standing.type;
  const urgency = wake?.urgency ?? running?.urgency ?? "poll";
  return urgency === "poll" ? "idle" : "due";
}
