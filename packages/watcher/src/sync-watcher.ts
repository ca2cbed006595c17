import { SyncError } from "@sync/model";
import type { Policy } from "@sync/model";
import { createEventStream } from "./event-stream.ts";
import type { EventStream } from "./event-stream.ts";
import { placeOf } from "./file-signs.ts";
import { watchFolders } from "./folder-watch.ts";
import type { FolderWatch } from "./folder-watch.ts";
import type { Random, Timing } from "./pair-state.ts";
import type {
  PairInput,
  PairStatus,
  StartedWatch,
  SyncTarget,
  WatchEvent,
  WatchedPair,
} from "./target.ts";
import { steadyNow } from "./steady-clock.ts";
import { WatchLoop } from "./watch-loop.ts";
import type { LoopPair } from "./watch-loop.ts";

/** Settings of a watcher. */
export interface WatcherOptions extends Partial<Timing> {
  /** Pairs that are looked at or synchronized at once. Default 4. */
  readonly concurrency?: number;
  /** Hears every event; what it throws is swallowed. */
  readonly onEvent?: (event: WatchEvent) => void;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** Default `Math.random`. */
  readonly random?: Random;
}

/** What all pairs of one call have in common. */
export interface WatchOptions {
  /** Takes the place of the pairs' own policy. A name where the target knows names, as the manager does. */
  readonly policy?: string | Policy;
  /** Ends the watch. A run under way is cancelled where that leaves everything as before, else finished. */
  readonly signal?: AbortSignal;
}

const TIMING: Timing = {
  // Longer than the writes of one commit lie apart, shorter than anybody notices.
  debounceMs: 50,
  maxWaitMs: 1000,
  // Only for what no event tells: network drives, and folders that were away.
  pollMs: 30_000,
};
// A folder that was replaced is seldom; until it is listened to, the polls see what is in it.
const POLLS_PER_REFRESH = 2;
// Runs wait for disks more than for processors; more of them only lock each other out.
const CONCURRENCY = 4;

/**
 * Runs a synchronization whenever a database of a pair changes, until it is closed.
 *
 * @example
 * ```ts
 * import { SyncManager } from "@sync/manager";
 * import { SyncWatcher } from "@sync/watcher";
 *
 * const manager = new SyncManager();
 * const watcher = new SyncWatcher(manager);
 * await watcher.watchPairs([["laptop.sqlite", "desktop.sqlite"]], { policy: "last-write-wins" });
 * // … later
 * await watcher.close();
 * await manager.close();
 * ```
 */
export class SyncWatcher {
  readonly #target: SyncTarget;
  readonly #options: WatcherOptions;
  readonly #streams = new Set<EventStream<WatchEvent>>();
  /** Aborts the runs. */
  readonly #abort = new AbortController();
  #isUsed = false;
  #loop: WatchLoop | null = null;
  #folders: FolderWatch | null = null;
  #started: StartedWatch | null = null;
  #refresh: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  constructor(target: SyncTarget, options: WatcherOptions = {}) {
    this.#target = target;
    this.#options = options;
  }

  /**
   * Begins to watch; each pair is synchronized once at the beginning. Resolves once watching has begun:
   * every write from then on leads to a run.
   *
   * @throws SyncError SYNC_USAGE where nothing, or one pair twice, is to be watched, or this watcher is
   *   used already; SYNC_WATCHED where another process watches a pair, if the target knows
   */
  async watchPairs(given: readonly PairInput[], options: WatchOptions = {}): Promise<void> {
    if (this.#isUsed) throw usage("A watcher watches once.", "Make another SyncWatcher.");
    const pairs = await loopPairs(given);
    this.#isUsed = true;
    const { policy, signal } = options;
    refuseAborted(signal);
    this.#started = (await this.#target.startWatch?.(pairs.map(({ pair }) => pair))) ?? null;
    const { timing, slots, now, steadyNow: steady, random } = this.#settings();
    const run = { signal: this.#abort.signal, ...(policy === undefined ? {} : { policy }) };
    const tell = (event: WatchEvent): void => this.#tell(event);
    const loop = new WatchLoop(pairs, {
      target: this.#target,
      run,
      timing,
      slots,
      tell,
      now,
      steadyNow: steady,
      random,
    });
    const databases = new Set(pairs.flatMap(({ pair }) => [pair.a, pair.b]));
    const folders = watchFolders([...databases], (database) => loop.hear(database));
    this.#loop = loop;
    this.#folders = folders;
    await folders.refresh();
    this.#refresh = setInterval(() => this.#listenAnew(), timing.pollMs * POLLS_PER_REFRESH);
    this.#tell({ type: "watching", pairs: pairs.map(({ pair }) => pair) });
    loop.start();
    // Listens last: whoever aborted meanwhile is answered here.
    if (isAborted(signal)) await this.#cancel();
    signal?.addEventListener("abort", () => void this.#cancel(), { once: true });
  }

  /** What happens from now on, one event after the other, until the watcher is closed. */
  events(): AsyncIterableIterator<WatchEvent, undefined> {
    const stream = createEventStream<WatchEvent>(() => void this.#streams.delete(stream));
    this.#streams.add(stream);
    if (this.#closing !== null) stream.end();
    return stream.events;
  }

  /** How each pair is doing. */
  status(): readonly PairStatus[] {
    return this.#loop?.status() ?? [];
  }

  /** Looks at pairs now, also at those that are paused or wait for their next try; by default at all. */
  resume(wanted: (pair: WatchedPair) => boolean = () => true): void {
    this.#loop?.ask(wanted);
  }

  /** Begins no run any more, waits for those under way, and lets everything go. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** What it meets, files that are not there, the runs tell. */
  #listenAnew(): void {
    this.#folders?.refresh().catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (this.#refresh !== null) clearInterval(this.#refresh);
    const stopped = this.#loop?.stop();
    await this.#folders?.close();
    await stopped;
    await this.#started?.end();
    if (this.#loop !== null) this.#tell({ type: "stopped" });
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  async #cancel(): Promise<void> {
    this.#abort.abort();
    await this.close();
  }

  #settings(): {
    timing: Timing;
    slots: number;
    now: () => number;
    steadyNow: () => number;
    random: Random;
  } {
    const { debounceMs, maxWaitMs, pollMs, concurrency, now, random } = this.#options;
    const timing = {
      debounceMs: debounceMs ?? TIMING.debounceMs,
      maxWaitMs: maxWaitMs ?? TIMING.maxWaitMs,
      pollMs: pollMs ?? TIMING.pollMs,
    };
    return {
      timing,
      slots: concurrency ?? CONCURRENCY,
      now: now ?? Date.now,
      steadyNow: now ?? steadyNow,
      random: random ?? Math.random,
    };
  }

  #tell(event: WatchEvent): void {
    // A pair fails when its folder goes, and recovers when one comes: perhaps another one.
    if (event.type === "failed" || event.type === "recovered") this.#listenAnew();
    for (const stream of this.#streams) stream.push(event);
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener must not stop a synchronization.
    }
  }
}

async function loopPairs(given: readonly PairInput[]): Promise<LoopPair[]> {
  if (given.length === 0) throw usage("There is no pair to watch.", "Name at least one pair.");
  const seen = new Set<string>();
  const pairs: LoopPair[] = [];
  for (const input of given) {
    const pair = isTuple(input) ? { a: input[0], b: input[1] } : input;
    const databases = [await placeOf(pair.a), await placeOf(pair.b)] as const;
    const ends = databases.toSorted().join("\0");
    if (seen.has(ends)) {
      throw usage(`${pair.a} and ${pair.b} are to be watched twice.`, "Name each pair once.");
    }
    seen.add(ends);
    pairs.push({ pair, databases });
  }
  return pairs;
}

function isTuple(input: PairInput): input is readonly [string, string] {
  return Array.isArray(input);
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (isAborted(signal)) throw new SyncError("SYNC_CANCELLED", "The watch was cancelled.");
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function usage(message: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", message, { next });
}
