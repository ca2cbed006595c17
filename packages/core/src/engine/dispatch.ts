import { SyncError } from "@sync/model";
import { startPageScanner } from "../sqlite/pages/page-scanner.ts";
import type { PageScanner, ScanPages } from "../sqlite/pages/page-scanner.ts";
import type { RemoteCaller } from "./converse.ts";
import { createCaller, noScan } from "./create-caller.ts";
import { createHolder } from "./live/holder.ts";
import type { Holder } from "./live/holder.ts";
import type { CallOptions, DiffCallOptions, Pair } from "./options.ts";
import { performCall } from "./perform-call.ts";
import type { SyncCall } from "./prepare.ts";
import type { Call } from "./protocol.ts";
import { choosesPages } from "./scan-choice.ts";
import { borrowWorkers, createWorkers } from "./workers.ts";
import type { Workers } from "./workers.ts";

/**
 * Opening files anew costs some milliseconds; a program that is closed while we hold them leaves its `-wal`
 * behind, and whoever copies or replaces the database then goes wrong (docs/decisions, 025).
 */
export const IDLE_MS = 1000;

/** Where calls are carried out. */
export interface DispatchOptions {
  /** In threads of their own; else in this one. */
  readonly worker: boolean;
  /** Threads that are there already. */
  readonly workers?: Workers;
  /** Files of held pairs that nobody changed for so long are closed. */
  readonly idleMs: number;
}

/** Sends each call where it is carried out: to a thread, to where its pair is held, or here. */
export class Dispatch {
  readonly holder: Holder;
  readonly #workers: Workers | null;
  /** Started before it is needed; the next comparison takes it. */
  #scanner: PageScanner | null = null;

  constructor(options: DispatchOptions) {
    const { worker, workers } = options;
    const own = workers === undefined ? createWorkers : (): Workers => borrowWorkers(workers);
    this.#workers = worker ? own() : null;
    this.holder = createHolder(options);
  }

  /** Starts a thread and, if the files are large, the process that reads pages. */
  prepareDiff(pair: Pair, { scan = "auto" }: DiffCallOptions): void {
    const wantsPages = choosesPages(pair, scan);
    this.#workers?.prepare(wantsPages ? "diff-pages" : "diff");
    if (wantsPages && this.#workers?.readsPages !== true) this.#scanner ??= startPageScanner();
  }

  /** A held pair's ordinary run has the files open already; every other one opens its own. */
  async performSync(
    sync: SyncCall,
    options: CallOptions,
    more: Partial<RemoteCaller>,
  ): Promise<unknown> {
    if (!isOrdinary(sync) || !this.holder.isHeld(sync.pair))
      return this.perform({ type: "sync", sync, held: false }, options, more);
    refuseCancelled(options);
    return this.holder.perform(
      sync.pair,
      { type: "sync", sync, held: true },
      createCaller(options, more),
    );
  }

  async perform(
    call: Call,
    options: CallOptions,
    more: Partial<RemoteCaller> = {},
  ): Promise<unknown> {
    refuseCancelled(options);
    const { signal } = options;
    return this.#withScanner(call, signal ?? null, async (scanPages) => {
      const caller = createCaller(options, { ...more, scanPages });
      if (this.#workers !== null) return this.#workers.perform(call, caller);
      const here = { ...caller, isCancelled: () => signal?.aborted === true };
      return performCall(call, here, noPairs);
    });
  }

  /** Waits for running calls, lets all pairs go and ends the threads. Idempotent. */
  async close(): Promise<void> {
    this.#scanner?.close();
    this.#scanner = null;
    await this.holder.close();
    await this.#workers?.close();
  }

  /** The process that reads pages starts at once: by the time it is asked, it is there. */
  async #withScanner<Result>(
    call: Call,
    signal: AbortSignal | null,
    use: (scanPages: ScanPages) => Promise<Result>,
  ): Promise<Result> {
    const wantsPages = "read" in call && call.read.scansPages;
    if (!wantsPages || this.#workers?.readsPages === true) return use(noScan);
    const scanner = this.#scanner ?? startPageScanner();
    this.#scanner = null;
    signal?.addEventListener("abort", scanner.close, { once: true });
    try {
      return await use(scanner.scan);
    } finally {
      signal?.removeEventListener("abort", scanner.close);
      scanner.close();
    }
  }
}

/** A run that is only about what changed: nothing is made, forgotten, or put elsewhere. */
function isOrdinary({ dryRun, create, base, out, lineage }: SyncCall): boolean {
  return !dryRun && !create && base === null && out === null && lineage !== "forget";
}

function refuseCancelled({ signal }: CallOptions): void {
  if (signal?.aborted === true)
    throw new SyncError("SYNC_CANCELLED", "The run was cancelled before it began.");
}

/** For calls that are not about held pairs. */
async function noPairs(): Promise<never> {
  return Promise.reject(new Error("a call about held pairs went elsewhere"));
}
