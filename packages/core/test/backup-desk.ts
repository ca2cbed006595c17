import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { findBackups } from "../src/backup/find-backups.ts";
import type {
  BackupHooks,
  BackupList,
  BackupReport,
  BackupStep,
  RestoreFrom,
  RestoreReport,
} from "../src/backup/options.ts";
import { restoreDatabase } from "../src/backup/restore.ts";
import { takeBackup } from "../src/backup/take-backup.ts";
import type { TakeCall } from "../src/backup/take-backup.ts";
import { temporaryFolder } from "./databases.ts";

export const START_MS = 1_767_348_000_000;
const CHILD = fileURLToPath(new URL("backup-child.mjs", import.meta.url));

/** A folder for databases, one for backups and one for states, with a clock that moves a minute a call. */
export interface BackupDesk {
  readonly folder: string;
  readonly root: string;
  readonly stateDir: string;
  path(name: string): string;
  take(
    database: string,
    change?: Partial<TakeCall>,
    hooks?: Partial<BackupHooks>,
  ): Promise<BackupReport>;
  restore(
    database: string,
    from?: RestoreFrom,
    change?: Partial<TakeCall>,
    hooks?: Partial<BackupHooks>,
  ): Promise<RestoreReport>;
  list(database: string): Promise<BackupList>;
  /** Carries a call out in a process of its own that is killed at a step. */
  killed(call: "take" | "restore", database: string, killAt: BackupStep, nth?: number): void;
}

const SILENT: BackupHooks = {
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
  onStep: () => undefined,
};

export function createBackupDesk(stateDir?: string): BackupDesk {
  const folder = temporaryFolder();
  const root = join(folder, "backups");
  const data = join(folder, "data");
  mkdirSync(root);
  mkdirSync(data);
  let nowMs = START_MS;
  const call = (database: string): Omit<TakeCall, "kind"> => ({
    database,
    root: { path: root, isChosen: true },
    limits: { maxCount: 5, maxAgeDays: null },
    stateDir: stateDir ?? join(folder, "state"),
    busyTimeoutMs: 300,
    nowMs: (nowMs += 60_000),
  });
  return {
    folder,
    root,
    stateDir: stateDir ?? join(folder, "state"),
    path: (name) => join(data, name),
    take: async (database, change = {}, hooks = {}) =>
      takeBackup({ ...call(database), kind: "backup", ...change }, { ...SILENT, ...hooks }),
    restore: async (database, from = { type: "latest" }, change = {}, hooks = {}) =>
      restoreDatabase({ ...call(database), from, ...change }, { ...SILENT, ...hooks }),
    list: async (database) => {
      const [list] = await findBackups({ path: root, isChosen: true }, database, SILENT);
      if (list === undefined) throw new Error("no list");
      return list;
    },
    killed: (type, database, killAt, nth = 1) => {
      const text = JSON.stringify({ ...call(database), type, killAt, nth });
      const child = spawnSync(process.execPath, [CHILD, text], { encoding: "utf8" });
      if (child.signal !== "SIGKILL") throw new Error(`not killed: ${child.stderr}`);
    },
  };
}

/** Opens a database as its application would, until the test is over. */
export function openAs(path: string, prepare = ""): Database.Database {
  const db = new Database(path);
  onTestFinished(() => void db.close());
  db.exec(prepare);
  return db;
}

/** Runs statements in a connection of their own. */
export function execute(path: string, sql: string): void {
  const db = new Database(path);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

export function rowsOf(path: string, sql: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).raw().all();
  } finally {
    db.close();
  }
}

/** So many rows that a copy takes several steps. */
export const MANY_ROWS = `CREATE TABLE big (id INTEGER PRIMARY KEY, v BLOB);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO big SELECT i, randomblob(3000) FROM n;`;
