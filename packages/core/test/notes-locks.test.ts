import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { connectForRun } from "../src/engine/connect.ts";
import type { RunRequest } from "../src/engine/request.ts";
import { openAttached } from "../src/sqlite/connection.ts";
import { findDatabase } from "../src/sqlite/files.ts";
import { locateState } from "../src/state/location.ts";
import { traceOf } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'old'), (2, 'old')`;
const EDITS = { a: "UPDATE t SET v = 'A' WHERE id = 1", b: "UPDATE t SET v = 'B' WHERE id = 2" };

async function editedPair(mode: string): Promise<void> {
  pair = makePair(TABLE, mode);
  await pair.sync();
  for (const side of ["a", "b"] as const) pair.edit(side, EDITS[side]);
}

/** Runs a statement in another process; its locks are its own. The error's code, or `ok`. */
function inAnotherProcess(path: string, sql: string): string {
  const program = `const db = require("better-sqlite3")(process.argv[1], { timeout: 0 });
    try { db.exec(process.argv[2]); console.log("ok"); } catch (error) { console.log(error.code); }`;
  return spawnSync(process.execPath, ["-e", program, path, sql], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  }).stdout.trim();
}

/** Another process that holds a lock until it is killed. */
async function lockElsewhere(path: string, sql: string): Promise<() => Promise<void>> {
  const program = `const db = require("better-sqlite3")(process.argv[1]); db.exec(process.argv[2]); console.log("held"); setInterval(() => db.open, 1000)`;
  const child = spawn(process.execPath, ["-e", program, path, sql], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
}

describe.each(["wal", "delete"])("locks in %s mode", (mode) => {
  it.each([
    ["BEGIN IMMEDIATE", "a"],
    ["BEGIN IMMEDIATE", "b"],
    ["PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", "b"],
  ] as const)(
    "held elsewhere by %s on side %s: SYNC_LOCKED, nothing changed, and done when killed",
    async (sql, side) => {
      await editedPair(mode);
      await pair.release();
      const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
      const kill = await lockElsewhere(pair[side], sql);
      await expect(pair.sync({ busyTimeoutMs: 50 })).rejects.toMatchObject({ code: "SYNC_LOCKED" });
      expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
      await kill();
      expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 2 });
    },
  );

  it("of others do not matter where nothing has to be written, only agreed on or parked", async () => {
    pair = makePair(TABLE, mode);
    await pair.sync();
    for (const side of ["a", "b"] as const) pair.edit(side, "INSERT INTO t VALUES (7, 'same')");
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    for (const side of ["a", "b"] as const) await lockElsewhere(pair[side], "BEGIN IMMEDIATE");
    const { report } = await pair.sync({ busyTimeoutMs: 50 });
    expect(report.tables[0]).toMatchObject({ agreed: 1, conflicts: { parked: 1 } });
  });

  it("are not kept on one side while waiting for the other", async () => {
    await editedPair(mode);
    const release = await lockElsewhere(pair.b, "BEGIN IMMEDIATE");
    let waiting = false;
    const results: string[] = [];
    const application = pair.open("a");
    application.pragma("busy_timeout = 0");
    const timer = setInterval(() => {
      if (!waiting) return;
      application.exec("BEGIN IMMEDIATE; ROLLBACK");
      results.push("free");
    }, 2);
    await expect(
      pair.sync({
        busyTimeoutMs: 200,
        onStep: (step) => {
          waiting = step === "planned";
        },
      }),
    ).rejects.toMatchObject({ code: "SYNC_LOCKED" });
    clearInterval(timer);
    await release();
    expect(results.length).toBeGreaterThan(0);
  });

  it("are not held while a policy thinks: an application commits on both sides meanwhile", async () => {
    await editedPair(mode);
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    const done: string[] = [];
    const policy = policyOf(() => {
      for (const side of ["a", "b"] as const)
        done.push(inAnotherProcess(pair[side], "INSERT INTO t (v) VALUES ('meanwhile')"));
      return { type: "take", side: "a" };
    });
    await pair.sync({ policy });
    expect(done.slice(0, 2)).toEqual(["ok", "ok"]);
    expect(pair.rows("b", "SELECT v FROM t WHERE id = 1")).toEqual([{ v: "A" }]);
  });

  // Runs of a held pair take turns.
  const isHeld = process.env["SYNC_TEST_HELD"] === "1";
  it.skipIf(isHeld)(
    "of one run keep a second of the same pair out, also by its other name",
    async () => {
      await editedPair(mode);
      const second: unknown[] = [];
      const policy = policyOf(() => undefined);
      await pair.sync({
        policy,
        onStep: (step) => {
          if (step !== "planned") return;
          second.push(
            pair.sync({ busyTimeoutMs: 0 }),
            pair.sync({ busyTimeoutMs: 0, pair: { a: pair.b, b: pair.a } }),
          );
          for (const run of second) (run as Promise<unknown>).catch(() => undefined);
        },
      });
      for (const run of second) await expect(run).rejects.toMatchObject({ code: "SYNC_PAIR_BUSY" });
    },
  );

  it("of the application in our own process survive a run", async () => {
    await editedPair(mode);
    pair.edit("b", "UPDATE t SET v = 'old' WHERE id = 2; INSERT INTO t VALUES (7, 'b')");
    pair.edit("a", "UPDATE t SET v = 'old' WHERE id = 1");
    const application = pair.open("b");
    // A read transaction in rollback mode keeps others from committing; in WAL mode a write lock does so.
    application.exec("BEGIN; SELECT count(*) FROM t");
    application.prepare("SELECT count(*) FROM t").get();
    if (mode === "wal") application.exec("ROLLBACK; BEGIN IMMEDIATE");
    expect((await pair.sync()).report.tables[0]).toMatchObject({
      toA: { inserted: 1 },
      toB: { inserted: 0, updated: 0 },
    });
    expect(
      inAnotherProcess(pair.b, "PRAGMA busy_timeout = 0; INSERT INTO t (v) VALUES ('intruder')"),
    ).toMatch(/^SQLITE_BUSY/);
    application.exec("ROLLBACK");
    expect(inAnotherProcess(pair.b, "INSERT INTO t (v) VALUES ('later')")).toBe("ok");
  });
});

it("a commit over both sides makes no super-journal, which a crash could orphan", async () => {
  pair = makePair(TABLE, "delete");
  await pair.sync();
  for (const side of ["a", "b"] as const) pair.edit(side, EDITS[side]);
  const seen: string[] = [];
  const folder = dirname(pair.a);
  const watcher = watch(folder, (_, name) => void seen.push(name ?? ""));
  await pair.sync();
  writeFileSync(join(folder, "sentinel"), "");
  while (!seen.includes("sentinel")) await once(watcher, "change");
  watcher.close();
  expect(seen).toContain("a.db-journal");
  expect(seen).toContain("b.db-journal");
  expect(seen.filter((name) => /-mj/.test(name))).toEqual([]);
});

it("every side commits through to the disk, and the connection cannot start cascades", () => {
  pair = makePair(TABLE);
  const files = {
    a: findDatabase(pair.a, { write: true }),
    b: findDatabase(pair.b, { write: true }),
  };
  const db = openAttached(files, false, 0);
  const pragma = (name: string): unknown => db.pragma(name, { simple: true });
  expect([pragma("a.synchronous"), pragma("b.synchronous")]).toEqual([3, 3]);
  expect([pragma("foreign_keys"), pragma("trusted_schema")]).toEqual([0, 0]);
  expect(
    db.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").pluck().get(),
  ).toBe("");
  db.close();
});

it("what is remembered is written so that a power loss cannot spoil it, with a log and without one", async () => {
  pair = makePair(TABLE);
  const settings = (): unknown[] => {
    const files = {
      a: findDatabase(pair.a, { write: true }),
      b: findDatabase(pair.b, { write: true }),
    };
    // What connecting looks at.
    const request = { files, ancestor: null, lineage: null, settings: { busyTimeoutMs: 0 } };
    const location = locateState(pair.stateDir, pair.a, pair.b);
    mkdirSync(location.folder, { recursive: true });
    const db = connectForRun(request as unknown as RunRequest, location);
    try {
      return ["journal_mode", "synchronous"].map((name) =>
        db.pragma(`state.${name}`, { simple: true }),
      );
    } finally {
      db.close();
    }
  };
  // In rollback mode NORMAL does not sync a journal's pages before its header counts them.
  expect(settings()).toEqual(["delete", 2]);
  await pair.sync();
  await pair.release();
  expect(settings()).toEqual(["wal", 1]);
});

describe("a file replaced by rename while a run is under way", () => {
  it.each(["planned", "locked", "written"] as const)(
    "after %s is noticed: what went to the old file is not remembered",
    async (when) => {
      pair = makePair(TABLE);
      await pair.sync();
      pair.edit("a", "UPDATE t SET v = 'A'; INSERT INTO t VALUES (9, 'A')");
      const other = join(mkdtempSync(join(tmpdir(), "sync-test-")), "other.db");
      onTestFinished(() => rmSync(dirname(other), { recursive: true }));
      const copy = new Database(pair.b, { readonly: true });
      await copy.backup(other);
      copy.close();
      let replaced = false;
      const replace = (step: string): void => {
        if (step !== when || replaced) return;
        replaced = true;
        for (const name of readdirSync(dirname(pair.b)))
          if (name.startsWith("b.db-")) rmSync(join(dirname(pair.b), name));
        renameSync(other, pair.b);
      };
      await expect(pair.sync({ onStep: replace })).rejects.toMatchObject({ code: "SYNC_LOCKED" });
      await pair.sync();
      expect(pair.rows("b", "SELECT * FROM t")).toEqual(pair.rows("a", "SELECT * FROM t"));
      expect(pair.rows("a", "SELECT DISTINCT v FROM t")).toEqual([{ v: "A" }]);
    },
  );
});
