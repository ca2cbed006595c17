import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { policyNamed } from "@sync/resolvers";
import { execa } from "execa";
import { onTestFinished, vi } from "vitest";
import { documentProblem } from "./documents.ts";

// Each test starts several processes, which on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

/** What a process printed and how it ended. */
export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder with databases in it, where `dbsync` is run as a real process. */
export interface Desk {
  readonly folder: string;
  path(name: string): string;
  /** Makes a database and runs SQL in it; or runs more SQL in one that is there. */
  database(name: string, sql: string): string;
  /** The rows that a query gives; integers as bigint. */
  rows(name: string, sql: string): unknown[];
  dbsync(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Digests of every file but SQLite's `-wal` and `-shm`, and the state's. */
  digests(): Record<string, string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
}

export const PROGRAM: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const STATE = ".state";

/** Removed when the test is over. */
export function createDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), "dbsync-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    database: (name, sql) => {
      const db = new Database(path(name));
      db.exec(sql);
      db.close();
      return path(name);
    },
    rows: (name, sql) => {
      const db = new Database(path(name), { readonly: true });
      try {
        return db.prepare(sql).safeIntegers().all();
      } finally {
        db.close();
      }
    },
    dbsync: async (args, options = {}) => {
      const { exitCode, stdout, stderr } = await execa(process.execPath, [PROGRAM, ...args], {
        cwd: options.cwd ?? folder,
        // Test runners ask for colours where CI shows them; what is tested is a pipe.
        // Nor waits a test for a lock that it holds itself.
        env: {
          SYNC_STATE_DIR: path(STATE),
          SYNC_RETRY_MS: "0",
          FORCE_COLOR: undefined,
          ...options.env,
        },
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        reject: false,
        stdin: "ignore",
      });
      refuseUndocumented(args, stdout);
      return { exitCode, stdout, stderr };
    },
    digests: () => digestsIn(folder),
  };
}

/** Wherever a test asks for JSON, what it gets is as documented: `schemas/`. */
function refuseUndocumented(args: readonly string[], stdout: string): void {
  if (!args.includes("--json") || args.includes("--follow") || args.includes("-f")) return;
  const problem = documentProblem(stdout);
  if (problem !== null) throw new Error(`dbsync ${args.join(" ")}: ${problem}`);
}

function digestsIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/-(wal|shm)$/.test(entry.name))
    .map(({ name }) => {
      const digest = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      return [name, digest] as const;
    });
  return Object.fromEntries(files);
}

/** A table with a timestamp, one without, and one without a key. */
export const SHOP = `
  CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, pieces INTEGER, updated_at TEXT);
  CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT);
  CREATE TABLE notes (body TEXT);
  INSERT INTO items VALUES (1, 'cup', 10, '2025-01-01 00:00:00'), (2, 'pot', 5, '2025-01-01 00:00:00'),
    (3, 'jug', 7, '2025-01-01 00:00:00');
  INSERT INTO settings VALUES ('hours', '9 to 17');
  INSERT INTO notes VALUES ('opened');`;

/** Two equal shops that have been synchronized once. */
export async function createPair(desk: Desk): Promise<void> {
  desk.database("a.db", SHOP);
  desk.database("b.db", SHOP);
  await syncHere(desk);
}

/** A run in this process: what a test only begins with need not start another one. Conflicts wait. */
export async function syncHere(desk: Desk): Promise<void> {
  const engine = new DatabaseSynchronizationEngine({ stateDir: desk.path(STATE), worker: false });
  const pair = { a: desk.path("a.db"), b: desk.path("b.db") };
  await engine.sync(pair, { policy: policyNamed("manual") });
}
