import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { createComparer, createWorkers, prepareRun } from "@sync/core/workers";
import type { Policy } from "@sync/model";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { collected, makeDatabase, temporaryFolder } from "./databases.ts";

const ROWS = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO t SELECT i, printf('%.100c', 'x') FROM n;`;

function makePair(mode: string, pageSize = 4096): { a: string; b: string } {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  makeDatabase(a, (db) =>
    db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = ${mode}; ${ROWS}`),
  );
  copyFileSync(a, b);
  makeDatabase(b, (db) => db.exec("UPDATE t SET v = 'b' WHERE id % 500 = 0"));
  return { a, b };
}

const FIRST: Policy = { name: "first", decide: () => ({ type: "take", side: "a" }) };

/** Another process tries to write; its locks are its own. The error's code, or `ok`. */
function writeElsewhere(path: string): string {
  const program = `const db = require("better-sqlite3")(process.argv[1], { timeout: 0 });
    try { db.exec("UPDATE t SET v = 'elsewhere' WHERE id = 1"); console.log("ok"); }
    catch (error) { console.log(error.code); }`;
  return spawnSync(process.execPath, ["-e", program, path], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  }).stdout.trim();
}

/** Something for the `-wal`: an empty one is not read, nor the `-shm`, which has the locks then. */
const COMMITTED = "UPDATE t SET v = 'committed' WHERE id = 1";

async function withEngine<T>(
  worker: boolean,
  use: (engine: DatabaseSynchronizationEngine) => Promise<T>,
): Promise<T> {
  const engine = new DatabaseSynchronizationEngine({ worker });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

describe.each(["wal", "delete"])("a page scan in %s mode", (mode) => {
  test.each([true, false])(
    "takes no lock away from the application that runs it, with worker: %s",
    { timeout: 60_000 },
    async (worker) => {
      const pair = makePair(mode);
      const applications = [pair.a, pair.b].map((path) => new Database(path));
      for (const db of applications) {
        db.exec(COMMITTED);
        db.exec("BEGIN IMMEDIATE; UPDATE t SET v = 'uncommitted' WHERE id = 2");
      }
      await withEngine(worker, async (engine) => {
        const report = await engine.diff(pair, { scan: "pages" });
        expect(report.scan).toMatchObject({ method: "pages", candidates: 4, notKnown: [] });
        expect(report.tables[0]).toMatchObject({ changed: 4, same: 1996 });
        expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
        expect(await collected(engine.diffRows(pair, { scan: "pages" }))).toHaveLength(4);
        expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      });
      for (const db of applications) {
        db.exec("COMMIT");
        expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
        db.close();
      }
    },
  );
});

describe.each(["wal", "delete"])("pages read in a process of our own, in %s mode", (mode) => {
  test(
    "take no lock away from the connections that are there, nor does the end of the threads",
    { timeout: 60_000 },
    async () => {
      const pair = makePair(mode);
      const applications = [pair.a, pair.b].map((path) => new Database(path));
      for (const db of applications)
        db.exec(`${COMMITTED}; BEGIN IMMEDIATE; DELETE FROM t WHERE id = 2`);
      const workers = createWorkers({ ownsProcess: true });
      workers.prepare("diff-pages");
      const comparer = createComparer(workers);
      const report = await comparer.diff(pair, { scan: "pages" });
      expect(report.scan).toMatchObject({ method: "pages", candidates: 4, notKnown: [] });
      expect(report.tables[0]).toMatchObject({ changed: 4, same: 1996 });
      expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      expect(await collected(comparer.diffRows(pair, { scan: "pages" }))).toHaveLength(4);
      expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      await workers.close();
      expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      for (const db of applications) {
        db.exec("COMMIT");
        expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
        db.close();
      }
    },
  );
});

describe.each(["wal", "delete"])("a run in a process of our own, in %s mode", (mode) => {
  test(
    "signs pages beside the connections that are there, and takes no lock away from them",
    { timeout: 60_000 },
    async () => {
      const pair = makePair(mode);
      const workers = createWorkers({ ownsProcess: true });
      const stateDir = join(temporaryFolder(), "state");
      const engine = new DatabaseSynchronizationEngine({ workers, stateDir });
      prepareRun(workers, pair);
      const run = async () => engine.sync(pair, { scan: "pages", policy: FIRST });
      const first = await run();
      expect(first.conflicts).toEqual({ resolved: 4, parked: 0 });
      // They stay open, so that there is a log to be read in the end.
      const applications = [pair.a, pair.b].map((path) => new Database(path));
      applications[0]?.exec("UPDATE t SET v = 'a' WHERE id = 700");
      applications[1]?.exec("DELETE FROM t WHERE id = 1300");
      const second = await run();
      expect(second.scan).toMatchObject({ method: "pages", notKnown: [] });
      expect(second.tables[0]).toMatchObject({
        toA: { inserted: 0, updated: 0, deleted: 1 },
        toB: { inserted: 0, updated: 1, deleted: 0 },
      });
      for (const db of applications) db.exec("BEGIN IMMEDIATE; DELETE FROM t WHERE id = 2");
      const third = await run();
      expect(third.scan).toMatchObject({ method: "pages", candidates: 0, notKnown: [] });
      expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      await engine.close();
      await workers.close();
      expect([pair.a, pair.b].map(writeElsewhere)).toEqual(["SQLITE_BUSY", "SQLITE_BUSY"]);
      for (const db of applications) {
        db.exec("COMMIT");
        expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
        db.close();
      }
    },
  );
});

test(
  "several tables are scanned by two threads with the same result",
  { timeout: 60_000 },
  async () => {
    // A thousand pages that differ: with few, one thread is enough.
    const pair = makePair("wal", 512);
    const names = ["t", ...Array.from({ length: 12 }, (_, n) => `t${n}`)];
    for (const path of [pair.a, pair.b]) {
      makeDatabase(path, (db) =>
        names
          .slice(1)
          .forEach((name) => db.exec(`CREATE TABLE ${name} AS SELECT * FROM t WHERE id % 3 = 0;`)),
      );
    }
    makeDatabase(pair.a, (db) =>
      names.forEach((name) => db.exec(`DELETE FROM ${name} WHERE rowid % 8 = 0`)),
    );
    const workers = createWorkers({ ownsProcess: true });
    workers.prepare("diff-pages");
    const comparer = createComparer(workers);
    const full = await comparer.diff(pair, { scan: "full" });
    // Again and again: who takes which table is never the same.
    for (let round = 0; round < 20; round++) {
      const { tables, scan } = await comparer.diff(pair, { scan: "pages" });
      expect(scan).toMatchObject({ method: "pages", notKnown: [] });
      expect(tables).toEqual(full.tables);
    }
    await workers.close();
  },
);

test("an answer larger than a pipe comes through whole", { timeout: 60_000 }, async () => {
  const pair = makePair("delete");
  const more = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
    INSERT INTO t SELECT i + 1000000, NULL FROM n`;
  for (const path of [pair.a, pair.b]) makeDatabase(path, (db) => db.exec(more));
  makeDatabase(pair.b, (db) => db.exec("UPDATE t SET v = 'b' WHERE id % 4 = 0"));
  await withEngine(true, async (engine) => {
    const { scan, tables } = await engine.diff(pair, { scan: "pages" });
    expect(scan).toMatchObject({ method: "pages", candidates: 125_500, notKnown: [] });
    expect(tables).toMatchObject([{ changed: 125_500 }]);
  });
});

test("small files are compared row by row, unless pages are asked for", async () => {
  const pair = makePair("delete");
  await withEngine(false, async (engine) => {
    expect((await engine.diff(pair)).scan.method).toBe("full");
    expect((await engine.diff(pair, { scan: "full" })).scan.method).toBe("full");
    expect((await engine.diff(pair, { scan: "pages" })).scan.method).toBe("pages");
  });
});
