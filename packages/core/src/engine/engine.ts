import { resolve as resolvePath } from "node:path";
import type {
  DatabaseRow,
  DiffReport,
  Policy,
  RowDiff,
  SchemaReport,
  Side,
  SyncReport,
  ValidateReport,
} from "@sync/model";
import { checkLimits } from "../state/retention.ts";
import { askHere } from "./ask.ts";
import { BY_HAND, UNDO } from "./by-whom.ts";
import { CallMaker } from "./call-maker.ts";
import { absolute, comparerOver } from "./comparer.ts";
import type { Comparer } from "./comparer.ts";
import { Dispatch, IDLE_MS } from "./dispatch.ts";
import type { EngineOptions } from "./engine-options.ts";
import { createEvents } from "./events.ts";
import type { RunEvents } from "./events.ts";
import type { InboxConflict, InboxEntry } from "./inbox.ts";
import type { LedgerPage } from "./ledger.ts";
import type {
  CallOptions,
  ChangedOptions,
  DiffCallOptions,
  LedgerOptions,
  Pair,
  RealtimeOptions,
  ResolveOptions,
  RunCallOptions,
  SyncOptions,
  UndoOptions,
} from "./options.ts";
import { streamItems } from "./item-stream.ts";
import type { Call, Item } from "./protocol.ts";
import type { RunResult } from "./request.ts";
import type { ByHand, HandResult, ResolveReport } from "./resolve.ts";
import type { UndoReport, UndoTarget } from "./undo.ts";
import { Realtime } from "./live/realtime.ts";

/** Without a policy nothing is decided. */
const PARK_ALL: Policy = {
  name: "manual",
  decide: () => ({ type: "park", reason: "no policy decides this" }),
};

/**
 * Keeps pairs of SQLite files in step: the front of this package.
 *
 * Every call may run beside others on other pairs; two runs of one pair wait for each other. Close the
 * engine when done.
 *
 * @example
 * ```ts
 * import { DatabaseSynchronizationEngine } from "@sync/core";
 *
 * const engine = new DatabaseSynchronizationEngine();
 * const report = await engine.sync({ a: "laptop.sqlite", b: "desktop.sqlite" });
 * console.log(report.conflicts);
 * // { resolved: 0, parked: 2 }
 * await engine.close();
 * ```
 */
export class DatabaseSynchronizationEngine {
  readonly #options: EngineOptions;
  readonly #calls: CallMaker;
  readonly #dispatch: Dispatch;
  readonly #comparer: Comparer;
  readonly #realtime: Realtime;

  /** @throws SyncError SYNC_USAGE for settings that make no sense */
  constructor(options: EngineOptions = {}) {
    checkLimits(options.ledger ?? {});
    this.#options = options;
    this.#calls = new CallMaker(options);
    this.#dispatch = new Dispatch({
      worker: options.worker !== false,
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      idleMs: options.idleMs ?? IDLE_MS,
    });
    this.#comparer = comparerOver(
      (call, diff, more) => this.#dispatch.perform(call, diff, more),
      options.busyTimeoutMs,
    );
    this.#realtime = new Realtime({
      hasChanged: (pair, changed) => this.hasChanged(pair, changed),
      sync: (pair, sync) => this.sync(pair, sync),
      release: (pair) => this.release(pair),
      onEvent: (event) => options.onEvent?.(event),
      now: options.now ?? Date.now,
      steadyNow: options.now ?? (() => performance.now()),
      random: Math.random,
    });
  }

  /**
   * Brings both sides to the same state, from what changed since they last agreed. On the first run
   * that is their union: nothing is deleted.
   *
   * @throws SyncError with the code of what stopped it; both sides are then as they were, or the next
   *   run finishes what this one began
   */
  async sync(pair: Pair, options: SyncOptions = {}): Promise<SyncReport> {
    const policy = options.policy ?? PARK_ALL;
    const startedMs = this.#calls.nowMs;
    const events = this.#events(pair, options);
    events.started(policy.name, options.direction);
    try {
      const sync = this.#calls.sync(pair, options, { policy, startedMs });
      // The worker returns what callSync returned.
      const result = (await this.#dispatch.performSync(sync, options, {
        ask: askHere(policy, startedMs),
      })) as RunResult;
      const { report, outcomes } = result;
      for (const outcome of outcomes) options.onConflict?.(outcome);
      events.completed(result);
      return report;
    } catch (error) {
      events.failed(error);
      throw error;
    }
  }

  /**
   * Keeps a pair's files open from now on, so that runs and looks are fast. Writes nothing; the files are
   * opened by the first run.
   *
   * @throws SyncError where the two are no databases that can be written, or are one
   */
  async hold(pair: Pair): Promise<void> {
    await this.#dispatch.holder.hold(absolute(pair));
  }

  /** Waits for the pair's run and closes its files. Idempotent. */
  async release(pair: Pair): Promise<void> {
    await this.#dispatch.holder.release(absolute(pair));
  }

  /**
   * Somebody else committed to a side, replaced or removed it since this engine's last run of the pair that
   * ended well; also where nothing is known. When in doubt: yes. The pair is held from now on.
   *
   * Costs microseconds, and takes no lock beyond them.
   */
  async hasChanged(pair: Pair, options: ChangedOptions = {}): Promise<boolean> {
    return this.#dispatch.holder.hasChanged(this.#calls.question(pair, options));
  }

  /**
   * Keeps pairs in step from now on: looks at each every `pollMs`, and runs when something changed. Returns
   * once watching has begun. A pair that cannot be synchronized is tried again later and later.
   *
   * @throws SyncError SYNC_USAGE for a pair that is kept in step already, or options that make no sense;
   *   then none of them is
   */
  async startRealtimeSync(
    pairs: Pair | readonly Pair[],
    options: RealtimeOptions = {},
  ): Promise<void> {
    const all = "a" in pairs ? [pairs] : pairs;
    this.#realtime.start(all.map(absolute), options);
  }

  /** Waits for the present run of the pair, or of all, and stops. `startRealtimeSync` works again afterwards. */
  async stopRealtimeSync(pair?: Pair): Promise<void> {
    await this.#realtime.stop(pair === undefined ? undefined : absolute(pair));
  }

  /** Has the loop look at once instead of at the next poll. Without a pair: at all of them. */
  wake(pair?: Pair): void {
    this.#realtime.wake(pair === undefined ? undefined : absolute(pair));
  }

  /** Conflicts that wait for a person, by table and number. Writes nothing. */
  async conflicts(pair: Pair, options: CallOptions = {}): Promise<readonly InboxEntry[]> {
    const query = options.tables === undefined ? {} : { tables: options.tables };
    // The worker returns what listConflicts returned.
    return (await this.#dispatch.perform(
      { type: "conflicts", state: this.#calls.state(pair), query },
      options,
    )) as readonly InboxEntry[];
  }

  /** One of them, with the rows that both sides hold now; `null` where none has that number. Writes nothing. */
  async conflict(pair: Pair, id: number, options: CallOptions = {}): Promise<InboxConflict | null> {
    // The worker returns what showConflict returned.
    return (await this.#dispatch.perform(
      { type: "conflict", state: this.#calls.state(pair, options.view), id },
      options,
    )) as InboxConflict | null;
  }

  /**
   * Decides conflicts by hand: takes effect at once on both sides, for those rows and no other. What is
   * overwritten goes to the ledger. A row that cannot be decided so is left as it is, with the reason.
   */
  async resolve(
    pair: Pair,
    decisions: readonly ByHand[],
    options: ResolveOptions = {},
  ): Promise<ResolveReport> {
    const { tableOptions = [], references = [], view } = options;
    const hand = { ...this.#calls.hand(pair, false, view), tableOptions, references };
    const call: Call = { type: "resolve", hand, decisions };
    return this.#limited<ResolveReport>({ pair, policy: BY_HAND, call }, options);
  }

  /** What lost in conflicts, the newest first, with who won and why. Writes nothing. */
  async ledger(pair: Pair, options: LedgerOptions = {}): Promise<LedgerPage> {
    const { signal: _, onProgress: __, view: ___, ...query } = options;
    // The worker returns what listLedger returned.
    return (await this.#dispatch.perform(
      { type: "ledger", state: this.#calls.state(pair), query },
      options,
    )) as LedgerPage;
  }

  /**
   * Gives back what lost: one entry of the ledger, or all of a run, as a normal edit of both sides.
   * Rows that were changed again since are left alone, unless `force` is set.
   */
  async undo(pair: Pair, target: UndoTarget, options: UndoOptions = {}): Promise<UndoReport> {
    const { side, force, dryRun, view } = options;
    const wish = { ...(side === undefined ? {} : { side }), force: force === true };
    const hand = this.#calls.hand(pair, dryRun === true, view);
    const call: Call = { type: "undo", hand, target, wish };
    return this.#limited<UndoReport>({ pair, policy: UNDO, call }, options);
  }

  /** A limited run is a run: it emits the same events. */
  async #limited<Report>(
    { pair, policy, call }: LimitedCall,
    options: CallOptions & RunCallOptions,
  ): Promise<Report> {
    const events = this.#events(pair, options);
    events.started(policy);
    try {
      // The worker returns what callResolve or callUndo returned.
      const { report, run } = (await this.#dispatch.perform(call, options)) as HandResult<Report>;
      if (run !== null) events.completed(run);
      return report;
    } catch (error) {
      events.failed(error);
      throw error;
    }
  }

  /**
   * Starts in the background what the next comparison will need: a thread and, if the files are large, the
   * process that reads pages. For programs that know early what they will be asked, and count milliseconds.
   */
  prepareDiff(pair: Pair, options: DiffCallOptions = {}): void {
    this.#dispatch.prepareDiff(pair, options);
  }

  /** How two databases differ, table by table. Writes nothing. */
  async diff(pair: Pair, options: DiffCallOptions = {}): Promise<DiffReport> {
    return this.#comparer.diff(pair, options);
  }

  /** Every row that differs, by table and key. Memory does not grow with their number. */
  diffRows(pair: Pair, options: DiffCallOptions = {}): AsyncIterable<RowDiff> {
    return this.#comparer.diffRows(pair, options);
  }

  /** Lines of SQL that turn a copy of `a` into `b`, for any SQLite shell. */
  diffPatch(pair: Pair, options: DiffCallOptions = {}): AsyncIterable<string> {
    return this.#comparer.diffPatch(pair, options);
  }

  /** Every row of one database, by table and key. Writes nothing; memory does not grow with their number. */
  rows(database: string, options: CallOptions = {}): AsyncIterable<DatabaseRow> {
    const call: Call = {
      type: "rows",
      database: resolvePath(database),
      read: this.#calls.read(options),
    };
    // A call of this type gives rows only.
    return this.#items(call, options) as AsyncIterable<DatabaseRow>;
  }

  /** Integrity, foreign keys, row counts and content digests of one or two databases. Writes nothing. */
  async validate(databases: readonly string[], options: CallOptions = {}): Promise<ValidateReport> {
    const call: Call = {
      type: "validate",
      databases: databases.map((path) => resolvePath(path)),
      read: this.#calls.read(options),
    };
    // The worker returns what validateDatabases returned.
    return (await this.#dispatch.perform(call, options)) as ValidateReport;
  }

  /** What two databases define differently, and what would level each side. Writes nothing. */
  async schema(pair: Pair, options: CallOptions = {}): Promise<SchemaReport> {
    const schema = this.#calls.schema(options);
    // The worker returns what compareSchemaFiles returned.
    return (await this.#dispatch.perform(
      { type: "schema", pair: absolute(pair), schema },
      options,
    )) as SchemaReport;
  }

  /**
   * Creates on one side the tables, columns, indexes, views and triggers that it lacks, in one transaction;
   * changes and drops nothing that is there. Make a backup before, and say where it is.
   */
  async applySchema(
    pair: Pair,
    side: Side,
    options: CallOptions & { readonly backup?: string } = {},
  ): Promise<SchemaReport> {
    const schema = { ...this.#calls.schema(options), side, backup: options.backup ?? null };
    // The worker returns what applySchema returned.
    return (await this.#dispatch.perform(
      { type: "apply-schema", pair: absolute(pair), schema },
      options,
    )) as SchemaReport;
  }

  /** Waits for running calls, lets all pairs go and ends the worker threads. Idempotent. */
  async close(): Promise<void> {
    await this.#realtime.stop();
    await this.#dispatch.close();
  }

  #items(call: Call, options: CallOptions): AsyncIterable<Item> {
    return streamItems<Item>(
      (give, signal) => this.#dispatch.perform(call, { ...options, signal }, { give }),
      options.signal,
    );
  }

  #events(pair: Pair, { onEvent }: RunCallOptions): RunEvents {
    return createEvents(
      onEvent === undefined ? this.#options : { ...this.#options, onEvent },
      pair,
    );
  }
}

interface LimitedCall {
  readonly pair: Pair;
  readonly policy: string;
  readonly call: Call;
}
