import { resolve } from "node:path";
import { DatabaseSynchronizationEngine, listWatchers, watcherOf } from "@sync/core";
import type {
  BackupCallOptions,
  BackupList,
  BackupReport,
  ByHand,
  CallOptions,
  DiffCallOptions,
  InboxConflict,
  InboxEntry,
  LedgerOptions,
  LedgerPage,
  ResolveReport,
  RestoreFrom,
  RestoreReport,
  RowDiff,
  UndoReport,
  UndoTarget,
  WatcherInfo,
} from "@sync/core";
import { createLog, readLog } from "@sync/logging";
import type { LogEntry, SyncLog } from "@sync/logging";
import type {
  DiffReport,
  Policy,
  SchemaReport,
  Side,
  SyncEvent,
  SyncReport,
  ValidateReport,
} from "@sync/model";
import type { RuleUse } from "@sync/resolvers";
import { choosePolicy } from "./choose-policy.ts";
import type { PairSettings, Settings } from "./config/settings.ts";
import type {
  ListEventsOptions,
  ManagerOptions,
  ManagerResolveOptions,
  ManagerSyncOptions,
  ManagerUndoOptions,
  StartWatchOptions,
} from "./options.ts";
import { choiceOf, directionOf, isOne, isPolicy, settingsFrom, viewOf } from "./given.ts";
import { findPair } from "./pair-lookup.ts";
import type { PairRef } from "./pair-lookup.ts";
import { refuseRings, refuseTwins } from "./rings-refused.ts";
import { createCallEvents } from "./call-events.ts";
import type { CallEvents } from "./call-events.ts";
import { createManagerBackups } from "./manager-backups.ts";
import type { ManagerBackups } from "./manager-backups.ts";
import { retrying } from "./retry.ts";
import { noteWatch } from "./note-watch.ts";
import type { NotedWatch } from "./note-watch.ts";
import { WatchedPairs, noting } from "./watched-pairs.ts";

const DAY_MS = 86_400_000;

/**
 * Keeps named pairs in step: the engine with a config, policies by name, a log, and patience with locks.
 * Everything it does is done by a package below it. Close it when done.
 *
 * A pair is a configured pair's name, `[a, b]` or `{a, b}`.
 *
 * @example
 * ```ts
 * import { SyncManager } from "@sync/manager";
 *
 * const manager = new SyncManager();
 * console.log((await manager.sync(["laptop.sqlite", "desktop.sqlite"])).policy);
 * // last-write-wins
 * await manager.close();
 * ```
 */
export class SyncManager {
  readonly settings: Settings;
  readonly #options: ManagerOptions;
  readonly #engine: DatabaseSynchronizationEngine;
  readonly #log: SyncLog;
  readonly #backups: ManagerBackups;
  readonly #watched = new WatchedPairs();

  /** @throws SyncError SYNC_USAGE where two names stand for one pair */
  constructor(options: ManagerOptions = {}) {
    this.#options = options;
    this.settings = settingsFrom(options);
    refuseTwins(this.settings.pairs);
    const { stateDir, busyTimeoutMs, log } = this.settings;
    const { worker, workers, now, logHook, warn } = options;
    const clock = now === undefined ? {} : { now };
    this.#engine = new DatabaseSynchronizationEngine({
      stateDir,
      busyTimeoutMs,
      ...(worker === undefined ? {} : { worker }),
      ...(workers === undefined ? {} : { workers }),
      ...clock,
    });
    this.#log = createLog({
      ...log,
      maxAgeMs: log.maxAgeDays * DAY_MS,
      ...(logHook === undefined ? {} : { logHook }),
      ...(warn === undefined ? {} : { warn }),
      ...clock,
    });
    this.#backups = createManagerBackups({
      settings: this.settings,
      worker,
      now: now ?? Date.now,
      emit: (event) => this.#emit(event),
    });
  }

  /**
   * Brings both sides to the same state, by the pair's policy and settings or those given. A locked
   * pair is tried again for a while; a dry run is not logged.
   *
   * @throws SyncError with the code of what stopped it; SYNC_USAGE where the config's pairs form a ring
   *   and a policy of theirs needs a tree
   */
  async sync(pair: PairRef, options: ManagerSyncOptions = {}): Promise<SyncReport> {
    const settings = findPair(this.settings, pair);
    const { policy: given, ...call } = options;
    const writes = options.dryRun !== true && options.out === undefined;
    const watched = this.#watched.of(settings);
    const run = async (onEvent: CallEvents["onEvent"]): Promise<SyncReport> => {
      const policy = await this.#policyFor(settings, given);
      const { tables, lineage, maxDeletePercent, tableOptions, references } = settings;
      const direction = options.direction ?? directionOf(settings);
      return this.#engine.sync(settings, {
        ...(tables === null ? {} : { tables }),
        // An ancestor that is named takes the place of what is remembered: nothing went back.
        ...(lineage === null || options.base !== undefined ? {} : { lineage }),
        maxDeletePercent,
        tableOptions,
        references,
        ...call,
        view: viewOf(settings, options),
        direction,
        policy,
        onEvent,
      });
    };
    return noting(watched, async () => {
      if (writes) await this.#backups.beforeSync(settings, options, watched);
      return this.#run(settings, options, run);
    });
  }

  /**
   * Somebody else changed a side since this manager's last run of the pair that ended well, or nothing is
   * known. The pair's files stay open from now on, so that asking costs microseconds.
   */
  async hasChanged(pair: PairRef): Promise<boolean> {
    const settings = findPair(this.settings, pair);
    const { tables } = settings;
    const direction = directionOf(settings);
    return this.#engine.hasChanged(settings, {
      ...(tables === null ? {} : { tables }),
      direction,
      view: viewOf(settings),
    });
  }

  /** Keeps a pair's files open, so that runs are fast. */
  async hold(pair: PairRef): Promise<void> {
    await this.#engine.hold(findPair(this.settings, pair));
  }

  /** Closes a pair's files, after its present run. Idempotent. */
  async release(pair: PairRef): Promise<void> {
    await this.#engine.release(findPair(this.settings, pair));
  }

  /**
   * Looks whether the config's pairs can do what is asked of them: every policy is found, and no ring
   * has one that needs a tree.
   */
  async check(): Promise<void> {
    for (const pair of this.settings.pairs) await choosePolicy(pair.policy);
    await refuseRings(this.settings.pairs, async ({ policy }) => choosePolicy(policy));
  }

  /** How two databases differ, table by table. Writes nothing. */
  async diff(pair: PairRef, options: DiffCallOptions = {}): Promise<DiffReport> {
    return this.#engine.diff(...this.#reading(pair, options));
  }

  /** Every row that differs, by table and key. Writes nothing. */
  diffRows(pair: PairRef, options: DiffCallOptions = {}): AsyncIterable<RowDiff> {
    return this.#engine.diffRows(...this.#reading(pair, options));
  }

  /** Lines of SQL that turn a copy of `a` into `b`. Writes nothing. */
  diffPatch(pair: PairRef, options: DiffCallOptions = {}): AsyncIterable<string> {
    return this.#engine.diffPatch(...this.#reading(pair, options));
  }

  /** Integrity, foreign keys, row counts and digests of a pair, or of one database. Writes nothing. */
  async validate(
    what: PairRef | readonly [string],
    options: CallOptions = {},
  ): Promise<ValidateReport> {
    if (isOne(what)) return this.#engine.validate(what, options);
    const [{ a, b }, call] = this.#reading(what, options);
    return this.#engine.validate([a, b], call);
  }

  /** What two databases define differently, and what would level each side. Writes nothing. */
  async schema(pair: PairRef, options: CallOptions = {}): Promise<SchemaReport> {
    return this.#engine.schema(...this.#reading(pair, options));
  }

  /**
   * Creates on one side the tables, columns, indexes, views and triggers that it lacks, after a backup of
   * it. Changes and drops nothing that is there; where all is there, it makes no backup and writes nothing.
   *
   * @throws SyncError SYNC_SCHEMA_MISMATCH where it cannot be done; the side is then as it was
   */
  async applySchema(pair: PairRef, side: Side, options: CallOptions = {}): Promise<SchemaReport> {
    const [settings, call] = this.#reading(pair, options);
    const { steps } = await this.#engine.schema(settings, call);
    const isNeeded = steps[side].some(({ adds }) => adds);
    const taken = isNeeded ? await this.backup(settings[side]) : null;
    const backup = taken === null ? {} : { backup: taken.backup };
    return this.#engine.applySchema(settings, side, { ...call, ...backup });
  }

  /** Conflicts that wait for a person. Writes nothing. */
  async conflicts(pair: PairRef, options: CallOptions = {}): Promise<readonly InboxEntry[]> {
    return this.#engine.conflicts(findPair(this.settings, pair), options);
  }

  /** One of them, with the rows that both sides hold now; `null` where none has that number. */
  async conflict(
    pair: PairRef,
    id: number,
    options: CallOptions = {},
  ): Promise<InboxConflict | null> {
    const settings = findPair(this.settings, pair);
    return this.#engine.conflict(settings, id, { ...options, view: viewOf(settings, options) });
  }

  /** Decides conflicts by hand, at once on both sides. */
  async resolve(
    pair: PairRef,
    decisions: readonly ByHand[],
    options: ManagerResolveOptions = {},
  ): Promise<ResolveReport> {
    const settings = findPair(this.settings, pair);
    const { tableOptions, references } = settings;
    return this.#run(settings, options, async (onEvent) =>
      this.#engine.resolve(settings, decisions, {
        tableOptions,
        references,
        ...options,
        view: viewOf(settings, options),
        onEvent,
      }),
    );
  }

  /** What lost in conflicts, the newest first. Writes nothing. */
  async ledger(pair: PairRef, options: LedgerOptions = {}): Promise<LedgerPage> {
    return this.#engine.ledger(findPair(this.settings, pair), options);
  }

  /** Gives back what lost, as a normal edit of both sides. */
  async undo(
    pair: PairRef,
    target: UndoTarget,
    options: ManagerUndoOptions = {},
  ): Promise<UndoReport> {
    const settings = findPair(this.settings, pair);
    return this.#run(settings, options, async (onEvent) =>
      this.#engine.undo(settings, target, { ...options, view: viewOf(settings, options), onEvent }),
    );
  }

  /**
   * Notes that this process watches pairs from now on: in the log, and for everybody who asks
   * {@link watcherOf}. `SyncWatcher` calls it.
   *
   * @throws SyncError SYNC_WATCHED, naming the process that watches one of them already
   */
  startWatch(pairs: readonly PairRef[], options: StartWatchOptions = {}): NotedWatch {
    return noteWatch(
      pairs.map((pair) => findPair(this.settings, pair)),
      {
        stateDir: this.settings.stateDir,
        socket: options.socket ?? null,
        now: this.#options.now ?? Date.now,
        watched: this.#watched,
        emit: (event) => this.#emit(event),
      },
    );
  }

  /** The process that watches a pair, or a pair that one database belongs to; `null` where none does. */
  watcherOf(what: PairRef | readonly [string]): WatcherInfo | null {
    const { stateDir } = this.settings;
    if (isOne(what)) return watcherOf(stateDir, what);
    const { a, b } = findPair(this.settings, what);
    return watcherOf(stateDir, [a, b]);
  }

  /** Every process that watches pairs with this state folder, the oldest first. */
  watchers(): readonly WatcherInfo[] {
    return listWatchers(this.settings.stateDir);
  }

  /** Takes a backup of one database while others go on writing, and lets old ones go. */
  async backup(database: string, options: BackupCallOptions = {}): Promise<BackupReport> {
    return this.#backups.take(database, options);
  }

  /** The backups of one database or of all, the newest first, each looked at. Writes nothing. */
  async backups(
    database: string | null = null,
    options: BackupCallOptions = {},
  ): Promise<readonly BackupList[]> {
    return this.#backups.list(database, options);
  }

  /** Puts a backup back; the next run of the database's pairs brings it forward. */
  async restore(
    database: string,
    from: RestoreFrom,
    options: BackupCallOptions = {},
  ): Promise<RestoreReport> {
    return this.#backups.restore(database, from, options);
  }

  /** What the log holds, the oldest first. Without a log, nothing. */
  async *listEvents(options: ListEventsOptions = {}): AsyncGenerator<LogEntry, void, void> {
    const { file } = this.settings.log;
    const { pair, ...query } = options;
    if (file === null) return;
    const found = pair === undefined ? null : findPair(this.settings, pair);
    const logged = found?.name ?? (found && { a: resolve(found.a), b: resolve(found.b) });
    yield* readLog({ file, ...query, ...(logged === null ? {} : { pair: logged }) });
  }

  /** Waits for running calls and for the log's hook. Idempotent. */
  async close(): Promise<void> {
    await this.#engine.close();
    await this.#backups.close();
    await this.#log.close();
  }

  /** Logs an event, and tells whoever listens. Never throws. */
  #emit(event: SyncEvent): void {
    this.#log.write(event);
    try {
      this.#options.onEvent?.(event);
    } catch {
      // The log does not throw; this was the caller's listener.
    }
  }

  /** A run: its events are logged, and it is tried again where it was locked out. */
  async #run<Result>(
    pair: PairSettings,
    { signal, dryRun }: { readonly signal?: AbortSignal; readonly dryRun?: boolean },
    call: (onEvent: CallEvents["onEvent"]) => Promise<Result>,
  ): Promise<Result> {
    const { now = Date.now, onEvent } = this.#options;
    const failing = this.#watched.of(pair)?.failing ?? null;
    const events = createCallEvents(pair, { now, failing }, (event) => {
      if (dryRun !== true) this.#log.write(event);
      onEvent?.(event);
    });
    try {
      return await retrying(async () => call(events.onEvent), {
        retryMs: this.settings.retryMs,
        onRetry: events.onRetry,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      events.onFailure(error);
      throw error;
    }
  }

  async #policyFor(pair: PairSettings, given: RuleUse | Policy | undefined): Promise<Policy> {
    const policy = isPolicy(given) ? given : await choosePolicy(choiceOf(pair, given));
    const policyOf = async (other: PairSettings): Promise<Policy> =>
      other.name === pair.name ? policy : choosePolicy(other.policy);
    if (pair.name !== null) await refuseRings(this.settings.pairs, policyOf);
    return policy;
  }

  #reading<Options extends CallOptions>(pair: PairRef, options: Options): [PairSettings, Options] {
    const settings = findPair(this.settings, pair);
    const tables = options.tables ?? settings.tables;
    const view = viewOf(settings, options);
    return [settings, tables === null ? { ...options, view } : { ...options, view, tables }];
  }
}
