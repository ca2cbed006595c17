import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DatabaseSynchronizationEngine } from "@sync/core";
import Database from "better-sqlite3";
import { WRITTEN_TABLES } from "./orders.ts";
import type { WriterAccount, WriterOrders } from "./orders.ts";

/** Two applications that write all the time, one on each side, while the pair is kept in step. */
export interface SustainedOptions {
  readonly journalMode: "wal" | "delete";
  readonly seconds: number;
  /** Committed transactions a second, of each side. */
  readonly rate: number;
  /** `false`: nobody synchronizes; what the applications do alone, to compare with. */
  readonly isSynced: boolean;
  /** Where the files lie; the temporary folder by default. */
  readonly folder?: string;
}

export interface SustainedReport {
  readonly commits: number;
  /** Transactions of the applications that failed with SQLITE_BUSY. Must be 0. */
  readonly busy: number;
  readonly slowestMs: number;
  /** How old the other side's newest visible edit was. */
  readonly lagMs: { readonly median: number; readonly p99: number; readonly max: number };
  /** From the last commit until both sides were equal; `null`: they did not become equal. */
  readonly convergedMs: number | null;
  /** Edits that are not on both sides in the end, as text. Must be empty. */
  readonly lost: readonly string[];
  readonly largestWalBytes: number;
  readonly runs: number;
  readonly errors: readonly string[];
  /** Of this process, at a tenth of the time and at the end. */
  readonly handles: readonly [number, number];
  readonly heapBytes: readonly [number, number];
}

/** Nobody waits longer for two sides to become equal. */
const PATIENCE_MS = 30_000;

const WRITER = fileURLToPath(new URL("../../dist/live/writer.js", import.meta.url));

export async function sustain(options: SustainedOptions): Promise<SustainedReport> {
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), "sync-sustained-"));
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  for (const path of Object.values(pair)) makeDatabase(path, options.journalMode);
  const engine = new DatabaseSynchronizationEngine({ stateDir: join(folder, "state") });
  try {
    return await watchWriters(pair, engine, options);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Paths = Readonly<Record<"a" | "b", string>>;

async function watchWriters(
  pair: Paths,
  engine: DatabaseSynchronizationEngine,
  options: SustainedOptions,
): Promise<SustainedReport> {
  let runs = 0;
  const errors: string[] = [];
  if (options.isSynced) {
    await engine.sync(pair);
    await engine.startRealtimeSync(pair, {
      policy: { name: "prefer-a", decide: () => ({ type: "take", side: "a" }) },
      maxDeletePercent: 100,
      pollMs: 20,
      onReport: () => void (runs += 1),
      onError: ({ code, message }) => void errors.push(`${code}: ${message}`),
    });
  }
  const meter = startMeter(pair, options.seconds);
  const accounts = await Promise.all(
    (["a", "b"] as const).map((side) =>
      runWriter({ ...options, path: pair[side], side, busyTimeoutMs: 1000 }),
    ),
  );
  const lastMs = Math.max(...accounts.map((account) => account.lastMs));
  const convergedMs = options.isSynced ? await untilEqual(pair, lastMs) : null;
  await engine.stopRealtimeSync();
  const measured = meter.stop();
  const lags = accounts.flatMap(({ lagsMs }) => lagsMs).toSorted((one, other) => one - other);
  return {
    commits: sum(accounts, ({ commits }) => commits),
    busy: sum(accounts, ({ busy }) => busy),
    slowestMs: Math.max(...accounts.map(({ slowestMs }) => slowestMs)),
    lagMs: { median: share(lags, 0.5), p99: share(lags, 0.99), max: share(lags, 1) },
    convergedMs,
    lost: options.isSynced ? findLost(pair, accounts) : [],
    runs,
    errors,
    ...measured,
  };
}

function makeDatabase(path: string, journalMode: string): void {
  const db = new Database(path);
  db.pragma(`journal_mode = ${journalMode}`);
  db.exec(WRITTEN_TABLES);
  db.close();
}

async function runWriter(orders: WriterOrders): Promise<WriterAccount> {
  const { stdout } = await promisify(execFile)(process.execPath, [WRITER, JSON.stringify(orders)], {
    maxBuffer: 2 ** 30,
  });
  // Our own program's words.
  return JSON.parse(stdout) as WriterAccount;
}

/** Watches what the pair costs from outside. */
function startMeter(
  pair: Paths,
  seconds: number,
): { stop(): Pick<SustainedReport, "largestWalBytes" | "handles" | "heapBytes"> } {
  let largestWalBytes = 0;
  const early = { handles: 0, heapBytes: 0 };
  const timer = setInterval(() => {
    for (const path of Object.values(pair)) {
      const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      largestWalBytes = Math.max(largestWalBytes, size);
    }
  }, 10);
  const soon = setTimeout(() => Object.assign(early, measureProcess()), seconds * 100);
  return {
    stop: () => {
      clearInterval(timer);
      clearTimeout(soon);
      const late = measureProcess();
      return {
        largestWalBytes,
        handles: [early.handles, late.handles],
        heapBytes: [early.heapBytes, late.heapBytes],
      };
    },
  };
}

function measureProcess(): { handles: number; heapBytes: number } {
  const handles = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  return { handles, heapBytes: process.memoryUsage().rss };
}

/** Looked at from connections of their own, as an application would. */
async function untilEqual(pair: Paths, lastMs: number): Promise<number | null> {
  for (;;) {
    if (contentOf(pair.a) === contentOf(pair.b)) return Date.now() - lastMs;
    if (Date.now() - lastMs > PATIENCE_MS) return null;
    await sleep(10);
  }
}

function contentOf(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    const tables = ["item", "tag", "shared", "pulse"];
    return JSON.stringify(
      tables.map((name) => db.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).raw().all()),
    );
  } finally {
    db.close();
  }
}

/** Every row that its writer remembers is on both sides, as written, and no other. */
function findLost(pair: Paths, accounts: readonly WriterAccount[]): string[] {
  const wanted = {
    "SELECT id, body FROM item": accounts.flatMap(({ items }) => items),
    "SELECT item, name, v FROM tag": accounts.flatMap(({ tags }) => tags),
  };
  return Object.values(pair).flatMap((path) => {
    const db = new Database(path, { readonly: true });
    try {
      return Object.entries(wanted).flatMap(([sql, rows]) => {
        const present = new Set(
          (db.prepare(sql).raw().all() as unknown[][]).map((row) => JSON.stringify(row)),
        );
        const expected = new Set(rows.map((row) => JSON.stringify(row)));
        const missing = [...expected].filter((row) => !present.has(row));
        const strange = [...present].filter((row) => !expected.has(row));
        return missing
          .map((row) => `${path} lacks ${row}`)
          .concat(strange.map((row) => `${path} has ${row}`));
      });
    } finally {
      db.close();
    }
  });
}

function sum(accounts: readonly WriterAccount[], pick: (account: WriterAccount) => number): number {
  return accounts.reduce((total, account) => total + pick(account), 0);
}

/** The value below which a share of sorted values lies. */
function share(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
