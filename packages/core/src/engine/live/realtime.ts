import { SyncError, isSyncError } from "@sync/model";
import type { EventName, SyncEvent, SyncReport } from "@sync/model";
import type { ChangedOptions, Pair, RealtimeOptions, SyncOptions } from "../options.ts";
import { nameOf } from "./pair-name.ts";
import { afterFailure, isDue, untroubled } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

/** What the loop needs of the engine. */
export interface RealtimeHost {
  hasChanged(pair: Pair, options: ChangedOptions): Promise<boolean>;
  sync(pair: Pair, options: SyncOptions): Promise<SyncReport>;
  release(pair: Pair): Promise<void>;
  /** Hears events for which a call names no listener of its own. */
  readonly onEvent: (event: SyncEvent) => void;
  readonly now: () => number;
  /** For waiting: never goes back. */
  readonly steadyNow: () => number;
  readonly random: () => number;
}

/** How often pairs are looked at where nobody says: half of it is what an edit waits on average. */
const POLL_MS = 50;

/**
 * The loop that keeps pairs in step: looks whether a pair changed, and if so runs. It is never in two runs
 * of one pair at once; a pair that fails is tried again later and later.
 */
export class Realtime {
  readonly #host: RealtimeHost;
  readonly #watched = new Map<string, WatchedPair>();

  constructor(host: RealtimeHost) {
    this.#host = host;
  }

  /** @throws SyncError SYNC_USAGE for a pair that is kept in step already, or options that make no sense */
  start(pairs: readonly Pair[], options: RealtimeOptions): void {
    refuse(pairs, options);
    const taken = pairs.find(
      (pair, index) =>
        this.#watched.has(nameOf(pair)) ||
        pairs.findIndex((other) => nameOf(other) === nameOf(pair)) < index,
    );
    if (taken !== undefined)
      throw new SyncError("SYNC_USAGE", `${taken.a} and ${taken.b} are kept in step already.`);
    for (const pair of pairs) {
      const watched = new WatchedPair(pair, this.#host, options);
      this.#watched.set(nameOf(pair), watched);
      const stop = (): void => void this.stop(pair);
      options.signal?.addEventListener("abort", stop, { once: true });
      watched.onStop = () => options.signal?.removeEventListener("abort", stop);
      watched.start();
      if (options.signal?.aborted === true) stop();
    }
  }

  /** Looks at once instead of at the next poll, also at a pair that failed. */
  wake(pair?: Pair): void {
    for (const watched of this.#of(pair)) watched.wake();
  }

  /** Waits for the present runs, then lets the pairs go. Never rejects. */
  async stop(pair?: Pair): Promise<void> {
    await Promise.all(
      this.#of(pair).map(async (watched) => {
        await watched.stop();
        const name = nameOf(watched.pair);
        // Two may have stopped it; the second must not take away what was started after the first.
        if (this.#watched.get(name) !== watched) return;
        this.#watched.delete(name);
        await this.#host.release(watched.pair).catch(() => undefined);
        watched.emit("watch_stop");
      }),
    );
  }

  #of(pair: Pair | undefined): WatchedPair[] {
    if (pair === undefined) return [...this.#watched.values()];
    const watched = this.#watched.get(nameOf(pair));
    return watched === undefined ? [] : [watched];
  }
}

function refuse(pairs: readonly Pair[], { pollMs = POLL_MS, lineage }: RealtimeOptions): void {
  if (!(pollMs >= 1)) throw new SyncError("SYNC_USAGE", "`pollMs` must be at least 1.");
  if (pairs.length === 0) throw new SyncError("SYNC_USAGE", "No pair was named.");
  if (lineage !== "forget") return;
  throw new SyncError("SYNC_USAGE", "With lineage `forget`, every run would be a first one.", {
    next: "Make one run with it, then keep the pair in step without it.",
  });
}

/** One pair that is kept in step. */
class WatchedPair {
  readonly pair: Pair;
  onStop: () => void = () => undefined;
  readonly #host: RealtimeHost;
  readonly #options: RealtimeOptions;
  #schedule: Schedule = untroubled();
  /** The look or run that is under way. */
  #work: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** It was woken during a look or run: look again. */
  #isWoken = false;
  #isStopped = false;

  constructor(pair: Pair, host: RealtimeHost, options: RealtimeOptions) {
    this.pair = pair;
    this.#host = host;
    this.#options = options;
  }

  start(): void {
    this.emit("watch_start");
    this.#look();
  }

  wake(): void {
    if (this.#isStopped) return;
    this.#schedule = untroubled(this.#schedule);
    if (this.#work === null) this.#look();
    else this.#isWoken = true;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.onStop();
    await this.#work;
  }

  emit(event: EventName): void {
    const { a, b } = this.pair;
    this.#tellEvent({ event, level: "info", timeMs: this.#host.now(), fields: { a, b } });
  }

  /** Looks now, and again after the poll interval. */
  #look(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isWoken = false;
    this.#work = this.#lookAndRun().finally(() => {
      this.#work = null;
      if (this.#isStopped) return;
      if (this.#isWoken) this.#look();
      else this.#timer = setTimeout(() => this.#look(), this.#options.pollMs ?? POLL_MS);
    });
  }

  /** Never rejects. */
  async #lookAndRun(): Promise<void> {
    const { pollMs: _, signal: __, onReport, onError, onEvent: ___, ...options } = this.#options;
    /** Kept back until it is known whether the run is news: a failure is told once, not at every try. */
    const events: SyncEvent[] = [];
    try {
      if (!isDue(this.#schedule, this.pair, this.#host.steadyNow())) return;
      if (!(await this.#host.hasChanged(this.pair, options)) || this.#isStopped) return;
      const onRunEvent = (event: SyncEvent): void => void events.push(event);
      const report = await this.#host.sync(this.pair, { ...options, onEvent: onRunEvent });
      this.#schedule = untroubled();
      events.forEach((event) => this.#tellEvent(event));
      tell(() => onReport?.(report, this.pair));
    } catch (error) {
      const failure = toFailure(error);
      const now = { timeMs: this.#host.steadyNow(), random: this.#host.random() };
      const { schedule, isNews } = afterFailure(this.#schedule, this.pair, failure, now);
      this.#schedule = schedule;
      if (!isNews) return;
      events.forEach((event) => this.#tellEvent(event));
      tell(() => onError?.(failure, this.pair));
    }
  }

  #tellEvent(event: SyncEvent): void {
    tell(() => (this.#options.onEvent ?? this.#host.onEvent)(event));
  }
}

function toFailure(error: unknown): SyncError {
  return isSyncError(error)
    ? error
    : new SyncError("SYNC_INTERNAL", String(error), { cause: error });
}

/** A listener's failure must not stop the loop. */
function tell(listener: () => void): void {
  try {
    listener();
  } catch {
    // The listener's own business, as for the events of a run.
  }
}
