import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SyncError } from "@sync/model";
import type { SyncEvent } from "@sync/model";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { SyncManager } from "../src/index.ts";
import type { ManagerOptions, SyncConfig } from "../src/index.ts";

/** A temporary folder, removed when the test is over. */
export interface Desk {
  readonly folder: string;
  path(name: string): string;
  write(name: string, text: string): string;
  /** Runs SQL in a database, which is made where it does not exist. */
  database(name: string, sql: string): string;
  rows(name: string, sql: string): unknown[];
  /** A manager of this desk, in this thread; its events are collected. */
  manager(config: SyncConfig, options?: ManagerOptions): TestManager;
}

export interface TestManager {
  readonly manager: SyncManager;
  readonly events: SyncEvent[];
}

export const NOTES: string =
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, pieces INTEGER); INSERT INTO notes VALUES (1, 'one', 1)";

export function createDesk(): Desk {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sync-manager-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  const open = (name: string): Database.Database => {
    const db = new Database(path(name));
    return db;
  };
  return {
    folder,
    path,
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
      return path(name);
    },
    database: (name, sql) => {
      const db = open(name);
      db.exec(sql);
      db.close();
      return path(name);
    },
    rows: (name, sql) => {
      const db = open(name);
      try {
        return db.prepare(sql).raw().all();
      } finally {
        db.close();
      }
    },
    manager: (config, options = {}) => {
      const events: SyncEvent[] = [];
      const manager = new SyncManager({
        worker: false,
        config: { stateDir: path("state"), log: { file: path("x.log") }, ...config },
        onEvent: (event) => void events.push(event),
        ...options,
      });
      onTestFinished(async () => manager.close());
      return { manager, events };
    },
  };
}

/** The error that a call ends with. */
export async function errorOf(call: () => unknown): Promise<SyncError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error("expected a SyncError");
}
