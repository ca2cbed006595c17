import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseBackups } from "@sync/core";
import type {
  BackupCallOptions,
  BackupList,
  BackupReport,
  BackupSettings,
  RestoreFrom,
  RestoreReport,
  TakeOptions,
} from "@sync/core";
import { isSyncError } from "@sync/model";
import type { EventLevel, EventName, SyncEvent } from "@sync/model";
import type { PairSettings, Settings } from "./config/settings.ts";
import { retrying } from "./retry.ts";
import type { Watched } from "./watched-pairs.ts";

/** What backups of a manager need of it. */
export interface ManagerBackupsOptions {
  readonly settings: Settings;
  readonly worker: boolean | undefined;
  readonly now: () => number;
  /** Logs an event and tells whoever listens; must not throw. */
  readonly emit: (event: SyncEvent) => void;
}

/** How often the sides of a watched pair are backed up at most. */
const BETWEEN_BACKUPS_MS = 3_600_000;

interface Patience extends Pick<BackupCallOptions, "signal"> {
  /** What the try before this one failed with, which is no news the second time. */
  readonly failing?: string | null;
}

/** Backups with a manager's settings, patience with locks, and events. */
export interface ManagerBackups {
  take(database: string, options: TakeOptions): Promise<BackupReport>;
  list(database: string | null, options: BackupCallOptions): Promise<readonly BackupList[]>;
  restore(database: string, from: RestoreFrom, options: BackupCallOptions): Promise<RestoreReport>;
  /**
   * Both sides of a pair whose settings say so. A side that is still to be made has nothing to lose. Of a
   * pair that is watched before its first run, and then no sooner than an hour after: else the backups that
   * are kept would be those of the last seconds.
   */
  beforeSync(
    pair: PairSettings,
    options: BackupCallOptions,
    watched: Watched | null,
  ): Promise<void>;
  close(): Promise<void>;
}

export function createManagerBackups(options: ManagerBackupsOptions): ManagerBackups {
  let made: DatabaseBackups | null = null;
  const backups = (): DatabaseBackups => (made ??= new DatabaseBackups(coreSettings(options)));
  const tell = (event: EventName, level: EventLevel, fields: SyncEvent["fields"]): void =>
    options.emit({ event, level, timeMs: options.now(), fields });
  const patiently = async <Result>(
    about: { readonly database: string; readonly during: string },
    { signal, failing = null }: Patience,
    call: () => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await retrying(call, {
        retryMs: options.settings.retryMs,
        onRetry: ({ code, message }, attempt) =>
          tell("sync_retry", "warn", { ...about, code, message, attempt }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      const code = isSyncError(error) ? error.code : "SYNC_INTERNAL";
      const message = error instanceof Error ? error.message : String(error);
      tell("sync_error", code === failing ? "debug" : "error", { ...about, code, message });
      throw error;
    }
  };
  const take = async (
    database: string,
    call: TakeOptions,
    failing: string | null = null,
  ): Promise<BackupReport> => {
    const about = { database: resolve(database), during: "backup" };
    const patience = { ...call, failing };
    const report = await patiently(about, patience, async () => backups().take(database, call));
    const { backup, manifest, removed } = report;
    const { kind, bytes, problems } = manifest;
    const level = problems.length === 0 ? "info" : "warn";
    tell("backup_created", level, {
      database: about.database,
      backup,
      kind,
      bytes,
      problems,
      removed,
    });
    return report;
  };
  return {
    take: async (database, call) => take(database, call),
    list: async (database, call) => backups().list(database, call),
    restore: async (database, from, call) => {
      const about = { database: resolve(database), during: "restore" };
      const report = await patiently(about, call, async () =>
        backups().restore(database, from, call),
      );
      const { from: backup, replaced, how, pairs, notices } = report;
      const fields = { database: about.database, backup, replaced, how, pairs, notices };
      tell("restore_complete", "info", fields);
      return report;
    },
    beforeSync: async (pair, call, watched) => {
      if (!pair.backupBeforeSync) return;
      const backedUpMs = watched?.backedUpMs ?? Number.NEGATIVE_INFINITY;
      if (options.now() - backedUpMs < BETWEEN_BACKUPS_MS) return;
      const failing = watched?.failing ?? null;
      for (const database of [pair.a, pair.b]) {
        if (existsSync(database)) await take(database, { ...call, kind: "before-sync" }, failing);
      }
      if (watched !== null) watched.backedUpMs = options.now();
    },
    close: async () => made?.close(),
  };
}

function coreSettings({ settings, worker, now }: ManagerBackupsOptions): BackupSettings {
  const { stateDir, busyTimeoutMs, backup } = settings;
  return {
    stateDir,
    busyTimeoutMs,
    now,
    maxCount: backup.maxCount,
    ...(backup.root === null ? {} : { root: backup.root }),
    ...(backup.maxAgeDays === null ? {} : { maxAgeDays: backup.maxAgeDays }),
    ...(worker === undefined ? {} : { worker }),
  };
}
