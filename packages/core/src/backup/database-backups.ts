import { join, resolve as resolvePath } from "node:path";
import { SyncError } from "@sync/model";
import { Dispatch } from "../engine/dispatch.ts";
import type { Call } from "../engine/protocol.ts";
import { defaultStateRoot } from "../state/state-root.ts";
import type {
  BackupCallOptions,
  BackupList,
  BackupReport,
  BackupRoot,
  RestoreFrom,
  RestoreReport,
  RetentionLimits,
  TakeOptions,
} from "./options.ts";
import type { TakeCall } from "./take-backup.ts";

/** Where backups go, and how many stay. */
export interface BackupSettings {
  /** Must exist, and lie outside the databases' own folders. Default: `backups` in the state folder, which is made. */
  readonly root?: string;
  /** Of each kind and database. Default 5. */
  readonly maxCount?: number;
  /** Default: age does not matter. */
  readonly maxAgeDays?: number;
  /** As for the engine: what is remembered about the pairs of a database. */
  readonly stateDir?: string;
  readonly busyTimeoutMs?: number;
  /** Run in a worker thread. Default `true`. */
  readonly worker?: boolean;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

const MAX_COUNT = 5;
const BUSY_TIMEOUT_MS = 5000;

/**
 * Takes, lists and puts back backups of single databases. Close it when done.
 *
 * @example
 * ```ts
 * import { DatabaseBackups } from "@sync/core";
 *
 * const backups = new DatabaseBackups();
 * await backups.take("laptop.sqlite");
 * const { how } = await backups.restore("laptop.sqlite", { type: "latest" });
 * console.log(how);
 * // in-place
 * await backups.close();
 * ```
 */
export class DatabaseBackups {
  readonly root: BackupRoot;
  readonly #limits: RetentionLimits;
  readonly #settings: BackupSettings;
  readonly #dispatch: Dispatch;

  /** @throws SyncError SYNC_USAGE for limits that keep nothing */
  constructor(settings: BackupSettings = {}) {
    const { root, maxCount = MAX_COUNT, maxAgeDays = null } = settings;
    if (!Number.isInteger(maxCount) || maxCount < 1) {
      throw new SyncError("SYNC_USAGE", `At least 1 backup is kept, not ${maxCount}.`);
    }
    this.#settings = settings;
    this.#limits = { maxCount, maxAgeDays };
    this.root =
      root === undefined
        ? { path: join(this.#stateDir(), "backups"), isChosen: false }
        : { path: resolvePath(root), isChosen: true };
    this.#dispatch = new Dispatch({ worker: settings.worker !== false, idleMs: 0 });
  }

  /** Takes a consistent copy while others go on writing, with a manifest, and lets old ones go. */
  async take(database: string, options: TakeOptions = {}): Promise<BackupReport> {
    const { kind = "backup" } = options;
    const take = { ...this.#call(database), kind };
    // The worker returns what takeBackup returned.
    return (await this.#dispatch.perform({ type: "take-backup", take }, options)) as BackupReport;
  }

  /** The backups of one database or of all, the newest first, each looked at. Writes nothing. */
  async list(
    database: string | null = null,
    options: BackupCallOptions = {},
  ): Promise<readonly BackupList[]> {
    const path = database === null ? null : resolvePath(database);
    const call: Call = { type: "find-backups", root: this.root, database: path };
    // The worker returns what findBackups returned.
    return (await this.#dispatch.perform(call, options)) as readonly BackupList[];
  }

  /**
   * Puts a backup back into the file that is there, keeps a copy of what it replaces, and tells the pairs
   * that the database belongs to, so that their next run brings it forward.
   */
  async restore(
    database: string,
    from: RestoreFrom,
    options: BackupCallOptions = {},
  ): Promise<RestoreReport> {
    const restore = { ...this.#call(database), from };
    // The worker returns what restoreDatabase returned.
    return (await this.#dispatch.perform({ type: "restore", restore }, options)) as RestoreReport;
  }

  /** Waits for running calls and ends the worker threads. Idempotent. */
  async close(): Promise<void> {
    await this.#dispatch.close();
  }

  #call(database: string): Omit<TakeCall, "kind"> {
    const { busyTimeoutMs = BUSY_TIMEOUT_MS, now = Date.now } = this.#settings;
    return {
      database: resolvePath(database),
      root: this.root,
      limits: this.#limits,
      stateDir: this.#stateDir(),
      busyTimeoutMs,
      nowMs: now(),
    };
  }

  #stateDir(): string {
    return resolvePath(this.#settings.stateDir ?? defaultStateRoot());
  }
}
