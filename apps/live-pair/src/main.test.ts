import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";

// Each test starts a process, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const SHOP =
  "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO items VALUES (1, 'cup'), (2, 'pot');";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "live-pair-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sql(path: string, statements: string): void {
  const db = new Database(path);
  db.exec(statements);
  db.close();
}

function names(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT name FROM items ORDER BY id").pluck().all();
  } finally {
    db.close();
  }
}

interface Running {
  /** Resolves with the next line of the log about this event. */
  line(event: string): Promise<string>;
  stop(): Promise<number | undefined>;
}

function start(folder: string, args: readonly string[] = ["a.db", "b.db"]): Running {
  const child = execa(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { SYNC_STATE_DIR: join(folder, "state") },
    reject: false,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = child[Symbol.asyncIterator]();
  return {
    line: async (event) => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`it ended before it logged ${event}`);
        if (value.split(/ +/)[2] === event) return value;
      }
    },
    stop: async () => {
      child.kill("SIGTERM");
      return (await child).exitCode;
    },
  };
}

it("carries every edit over while it runs, in both directions, and ends when asked", async () => {
  const folder = makeFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  sql(a, SHOP);
  sql(b, SHOP);
  const live = start(folder);
  expect(await live.line("sync_complete")).toContain('"firstRun":true');
  sql(a, "UPDATE items SET name = 'mug' WHERE id = 1");
  expect(await live.line("sync_complete")).toContain('"toB":{"inserted":0,"updated":1');
  expect(names(b)).toEqual(["mug", "pot"]);
  sql(b, "DELETE FROM items WHERE id = 2");
  expect(await live.line("sync_complete")).toContain('"deleted":1');
  expect(names(a)).toEqual(["mug"]);
  expect(await live.stop()).toBe(0);
});

it("leaves a conflict alone, and says where it is", async () => {
  const folder = makeFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  sql(a, SHOP);
  sql(b, SHOP);
  const first = start(folder);
  await first.line("sync_complete");
  await first.stop();
  sql(a, "UPDATE items SET name = 'glass' WHERE id = 1");
  sql(b, "UPDATE items SET name = 'bowl' WHERE id = 1");
  const second = start(folder);
  expect(await second.line("conflict_parked")).toContain('"key":"id=1"');
  expect([names(a), names(b)]).toEqual([
    ["glass", "pot"],
    ["bowl", "pot"],
  ]);
  expect(await second.stop()).toBe(0);
});

it("says what is wrong, and goes on when it is not any more", async () => {
  const folder = makeFolder();
  sql(join(folder, "a.db"), SHOP);
  const live = start(folder);
  expect(await live.line("sync_error")).toContain("SYNC_DB_MISSING");
  sql(join(folder, "b.db"), SHOP);
  await live.line("recovered");
  expect(await live.stop()).toBe(0);
  const { exitCode, stderr } = await execa(process.execPath, [PROGRAM], { reject: false });
  expect([exitCode, stderr]).toEqual([2, "Usage: live-pair A B"]);
});
