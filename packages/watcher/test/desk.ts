import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SyncManager } from "@sync/manager";
import Database from "better-sqlite3";
import { onTestFinished, vi } from "vitest";
import { SyncWatcher } from "../src/index.ts";
import type {
  SyncTarget,
  WatchEvent,
  WatchOptions,
  WatchedPair,
  WatcherOptions,
} from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A temporary folder with databases, a manager that counts its runs, and a watcher. */
export interface Desk {
  readonly folder: string;
  path(name: string): string;
  /** Runs SQL in a database, which is made where it does not exist. */
  sql(name: string, text: string): void;
  rows(name: string, query?: string): unknown[];
  readonly manager: SyncManager;
  /** Watches with settings that make a test short; the poll comes hardly ever. */
  watch(pairs: readonly (readonly [string, string])[], more?: WatchMore): Promise<Watched>;
}

export interface WatchMore extends WatcherOptions, WatchOptions {
  readonly target?: SyncTarget;
}

export interface Watched {
  readonly watcher: SyncWatcher;
  readonly events: readonly WatchEvent[];
  /** Resolves when `isMet` holds; asked after every event. */
  readonly until: (isMet: () => boolean) => Promise<void>;
  /** Resolves when no pair is due or running. */
  readonly settled: () => Promise<void>;
}

export const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);";
export const BODIES = "SELECT id, body FROM notes ORDER BY id";

/** Removed when the test is over. */
export function createDesk(): Desk {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sync-watcher-")));
  const manager = new SyncManager({
    worker: false,
    config: {
      stateDir: join(folder, "state"),
      log: { file: join(folder, "x.log") },
      retryMs: 0,
      busyTimeoutMs: 100,
    },
  });
  onTestFinished(async () => {
    await manager.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    manager,
    sql: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      const db = new Database(path(name));
      db.exec(text);
      db.close();
    },
    rows: (name, query = BODIES) => {
      const db = new Database(path(name), { readonly: true });
      try {
        return db.prepare(query).raw().all();
      } finally {
        db.close();
      }
    },
    watch: async (pairs, more = {}) =>
      watch(
        pairs.map(([a, b]) => [path(a), path(b)] as const),
        { target: manager, ...more },
      ),
  };
}

async function watch(
  pairs: readonly (readonly [string, string])[],
  { target, policy, signal, ...options }: WatchMore & { readonly target: SyncTarget },
): Promise<Watched> {
  const events: WatchEvent[] = [];
  const waiting = new Set<() => void>();
  const watcher = new SyncWatcher(target, {
    debounceMs: 5,
    maxWaitMs: 50,
    pollMs: 3_600_000,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
      for (const check of waiting) check();
    },
  });
  onTestFinished(async () => watcher.close());
  await watcher.watchPairs(pairs, {
    ...(policy === undefined ? {} : { policy }),
    ...(signal === undefined ? {} : { signal }),
  });
  const until = async (isMet: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isMet()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const isAtRest = (): boolean =>
    watcher.status().every(({ state }) => state !== "due" && state !== "running");
  return {
    watcher,
    events,
    until,
    settled: async () =>
      vi.waitFor(
        () => {
          if (!isAtRest()) throw new Error("not at rest yet");
        },
        { timeout: 50_000, interval: 5 },
      ),
  };
}

/** A target that counts, and fails as it is told. */
export function counting(target: SyncTarget): SyncTarget & {
  readonly runs: WatchedPair[];
  readonly atOnce: { most: number };
} {
  const runs: WatchedPair[] = [];
  const atOnce = { now: 0, most: 0 };
  return {
    runs,
    atOnce,
    sync: async (pair, options) => {
      runs.push(pair);
      atOnce.now += 1;
      atOnce.most = Math.max(atOnce.most, atOnce.now);
      try {
        return await target.sync(pair, options);
      } finally {
        atOnce.now -= 1;
      }
    },
  };
}
