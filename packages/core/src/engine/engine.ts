import { resolve as resolvePath } from "node:path";
import { SyncError } from "@sync/model";
import type {
  DiffReport,
  Policy,
  RowDiff,
  SchemaReport,
  Side,
  SyncReport,
  ValidateReport,
} from "@sync/model";
import { checkLimits } from "../state/retention.ts";
import { defaultStateRoot } from "../state/state-root.ts";
import { createEvents } from "./events.ts";
import type { RunEvents } from "./events.ts";
import type { InboxConflict, InboxEntry } from "./inbox.ts";
import type { LedgerPage } from "./ledger.ts";
import type { HandCall } from "./limited-call.ts";
import type { StateCall } from "./open-state.ts";
import type {
  CallOptions,
  DiffCallOptions,
  EngineOptions,
  LedgerOptions,
  Pair,
  ResolveOptions,
  RunCallOptions,
  SyncOptions,
  UndoOptions,
} from "./options.ts";
import { BUSY_TIMEOUT_MS, absolute, syncCallOf } from "./sync-call.ts";
import { streamItems } from "./item-stream.ts";
import { startPageScanner } from "../sqlite/pages/page-scanner.ts";
import type { PageScanner, ScanPages } from "../sqlite/pages/page-scanner.ts";
import { performCall } from "./perform-call.ts";
import type { Call, ReadCall } from "./protocol.ts";
import type { RunResult } from "./request.ts";
import type { SchemaOptions } from "./schema.ts";
import { choosesPages } from "./scan-choice.ts";
import type { ByHand, HandResult, ResolveReport } from "./resolve.ts";
import type { UndoReport, UndoTarget } from "./undo.ts";
import { createWorkers } from "./workers.ts";
import type { RemoteCaller, Workers } from "./workers.ts";

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
 * const engine = new DatabaseSynchronizationEngine();
 * const report = await engine.sync({ a: "laptop.db", b: "desktop.db" });
 * await engine.close();
 */
export class DatabaseSynchronizationEngine {
  readonly #options: EngineOptions;
  readonly #workers: Workers | null;
  /** Started before it is needed; the next comparison takes it. */
  #scanner: PageScanner | null = null;

  /** @throws SyncError SYNC_USAGE for settings that make no sense */
  constructor(options: EngineOptions = {}) {
    checkLimits(options.ledger ?? {});
    this.#options = options;
    this.#workers = options.worker === false ? null : createWorkers();
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
    const startedMs = (this.#options.now ?? Date.now)();
    const events = this.#events(pair, options);
    events.started(policy.name);
    try {
      const { askHere } = await import("./decide.ts");
      const sync = syncCallOf(pair, options, { engine: this.#options, policy, startedMs });
      // The worker returns what callSync returned.
      const result = (await this.#perform({ type: "sync", sync }, options, {
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

  /** Conflicts that wait for a person, by table and number. Writes nothing. */
  async conflicts(pair: Pair, options: CallOptions = {}): Promise<readonly InboxEntry[]> {
    const query = options.tables === undefined ? {} : { tables: options.tables };
    // The worker returns what listConflicts returned.
    return (await this.#perform(
      { type: "conflicts", state: this.#stateCall(pair), query },
      options,
    )) as readonly InboxEntry[];
  }

  /** One of them, with the rows that both sides hold now; `null` where none has that number. Writes nothing. */
  async conflict(pair: Pair, id: number, options: CallOptions = {}): Promise<InboxConflict | null> {
    // The worker returns what showConflict returned.
    return (await this.#perform(
      { type: "conflict", state: this.#stateCall(pair), id },
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
    const { tableOptions = [], references = [] } = options;
    const hand = { ...this.#handCall(pair, false), tableOptions, references };
    const call: Call = { type: "resolve", hand, decisions };
    const { BY_HAND } = await import("./resolve.ts");
    return this.#limited<ResolveReport>({ pair, policy: BY_HAND, call }, options);
  }

  /** What lost in conflicts, the newest first, with who won and why. Writes nothing. */
  async ledger(pair: Pair, options: LedgerOptions = {}): Promise<LedgerPage> {
    const { signal: _, onProgress: __, ...query } = options;
    // The worker returns what listLedger returned.
    return (await this.#perform(
      { type: "ledger", state: this.#stateCall(pair), query },
      options,
    )) as LedgerPage;
  }

  /**
   * Gives back what lost: one entry of the ledger, or all of a run, as a normal edit of both sides.
   * Rows that were changed again since are left alone, unless `force` is set.
   */
  async undo(pair: Pair, target: UndoTarget, options: UndoOptions = {}): Promise<UndoReport> {
    const { side, force, dryRun } = options;
    const wish = { ...(side === undefined ? {} : { side }), force: force === true };
    const hand = this.#handCall(pair, dryRun === true);
    const call: Call = { type: "undo", hand, target, wish };
    const { UNDO } = await import("./undo.ts");
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
      const { report, run } = (await this.#perform(call, options)) as HandResult<Report>;
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
    this.#workers?.prepareDiff();
    if (choosesPages(pair, options.scan ?? "auto")) this.#scanner ??= startPageScanner();
  }

  /** How two databases differ, table by table. Writes nothing. */
  async diff(pair: Pair, options: DiffCallOptions = {}): Promise<DiffReport> {
    // The worker returns what diffDatabases returned.
    return (await this.#perform(
      { type: "diff", ...this.#diffCall(pair, options) },
      options,
    )) as DiffReport;
  }

  /** Every row that differs, by table and key. Memory does not grow with their number. */
  diffRows(pair: Pair, options: DiffCallOptions = {}): AsyncIterable<RowDiff> {
    // A call of this type gives rows only.
    return this.#items(
      { type: "diff-rows", ...this.#diffCall(pair, options) },
      options,
    ) as AsyncIterable<RowDiff>;
  }

  /** Lines of SQL that turn a copy of `a` into `b`, for any SQLite shell. */
  diffPatch(pair: Pair, options: DiffCallOptions = {}): AsyncIterable<string> {
    // A call of this type gives lines only.
    return this.#items(
      { type: "diff-patch", ...this.#diffCall(pair, options) },
      options,
    ) as AsyncIterable<string>;
  }

  /** Integrity, foreign keys, row counts and content digests of one or two databases. Writes nothing. */
  async validate(databases: readonly string[], options: CallOptions = {}): Promise<ValidateReport> {
    const call: Call = {
      type: "validate",
      databases: databases.map((path) => resolvePath(path)),
      read: this.#readCall(options),
    };
    // The worker returns what validateDatabases returned.
    return (await this.#perform(call, options)) as ValidateReport;
  }

  /** What two databases define differently, and what would level each side. Writes nothing. */
  async schema(pair: Pair, options: CallOptions = {}): Promise<SchemaReport> {
    const schema = this.#schemaCall(options);
    // The worker returns what compareSchemaFiles returned.
    return (await this.#perform(
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
    const schema = { ...this.#schemaCall(options), side, backup: options.backup ?? null };
    // The worker returns what applySchema returned.
    return (await this.#perform(
      { type: "apply-schema", pair: absolute(pair), schema },
      options,
    )) as SchemaReport;
  }

  /** Waits for running calls and ends the worker threads. Idempotent. */
  async close(): Promise<void> {
    this.#scanner?.close();
    this.#scanner = null;
    await this.#workers?.close();
  }

  async #perform(
    call: Call,
    options: CallOptions,
    more: Partial<RemoteCaller> = {},
  ): Promise<unknown> {
    const signal = options.signal ?? null;
    if (signal?.aborted === true)
      throw new SyncError("SYNC_CANCELLED", "The run was cancelled before it began.");
    return this.#withScanner(call, signal, async (scanPages) => {
      const caller: RemoteCaller = {
        signal,
        onProgress: (progress) => options.onProgress?.(progress),
        ask: () => Promise.resolve([]),
        give: () => Promise.resolve(),
        scanPages,
        ...more,
      };
      if (this.#workers !== null) return this.#workers.perform(call, caller);
      return performCall(call, { ...caller, isCancelled: () => signal?.aborted === true });
    });
  }

  /** The process that reads pages starts at once: by the time it is asked, it is there. */
  async #withScanner<Result>(
    call: Call,
    signal: AbortSignal | null,
    use: (scanPages: ScanPages) => Promise<Result>,
  ): Promise<Result> {
    const wantsPages = "read" in call && call.read.scansPages;
    if (!wantsPages) return use(NO_SCAN);
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

  #items(call: Call, options: CallOptions): AsyncIterable<RowDiff | string> {
    return streamItems<RowDiff | string>(
      (give, signal) => this.#perform(call, { ...options, signal }, { give }),
      options.signal,
    );
  }

  #events(pair: Pair, { onEvent }: RunCallOptions): RunEvents {
    return createEvents(
      onEvent === undefined ? this.#options : { ...this.#options, onEvent },
      pair,
    );
  }

  #stateCall(pair: Pair): StateCall {
    return {
      pair: absolute(pair),
      stateDir: resolvePath(this.#options.stateDir ?? defaultStateRoot()),
      busyTimeoutMs: this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    };
  }

  #handCall(pair: Pair, dryRun: boolean): HandCall {
    const startedMs = (this.#options.now ?? Date.now)();
    const ledger = this.#options.ledger ?? {};
    return {
      ...this.#stateCall(pair),
      startedMs,
      dryRun,
      ledger,
      tableOptions: [],
      references: [],
    };
  }

  #readCall(options: CallOptions): ReadCall {
    return {
      tables: options.tables ?? null,
      busyTimeoutMs: this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
      scansPages: false,
    };
  }

  #schemaCall(options: CallOptions): SchemaOptions {
    return {
      tables: options.tables ?? null,
      busyTimeoutMs: this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    };
  }

  #diffCall(given: Pair, options: DiffCallOptions): { pair: Pair; read: ReadCall } {
    const pair = absolute(given);
    const scansPages = choosesPages(pair, options.scan ?? "auto");
    return { pair, read: { ...this.#readCall(options), scansPages } };
  }
}

/** For calls that never ask for one. */
const NO_SCAN: ScanPages = () => Promise.resolve({ type: "not-known", reason: "none was wanted" });
interface LimitedCall {
  readonly pair: Pair;
  readonly policy: string;
  readonly call: Call;
}
