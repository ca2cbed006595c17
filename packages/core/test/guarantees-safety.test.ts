import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { diffDatabases } from "../src/engine/diff.ts";
import { validateDatabases } from "../src/engine/validate.ts";
import { filesBeside, traceOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const ITEMS = `CREATE TABLE item (id INTEGER PRIMARY KEY, v); CREATE TABLE note (text);
  CREATE TABLE line (item INT REFERENCES item (id), n INT, PRIMARY KEY (item, n));
  INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO note VALUES ('n')`;

function rowsOf(count: number): string {
  return `CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE bag (v); CREATE TABLE other (id INTEGER PRIMARY KEY);
    WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO t SELECT i, i FROM n;
    INSERT INTO bag SELECT v FROM t`;
}

describe("the guard against deletions", () => {
  it.each([
    ["a", "t"],
    ["b", "t"],
    ["a", "bag"],
    ["b", "bag"],
  ] as const)(
    "stops before writing anything where side %s deleted more than half of %s",
    async (side, table) => {
      pair = makePair(rowsOf(20));
      await pair.sync();
      pair.edit(side, `DELETE FROM ${table} WHERE v <= 11; INSERT INTO other VALUES (1)`);
      const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
      await expect(pair.sync()).rejects.toMatchObject({
        code: "SYNC_MAX_DELETE",
        details: { table, deleted: 11, rows: 20, side: side === "a" ? "b" : "a" },
      });
      expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
      // Nothing was remembered either: asked again, it stops again; allowed, it goes on.
      await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_MAX_DELETE" });
      const { report } = await pair.sync({ maxDeletePercent: 55 });
      expect(report.tables.reduce((sum, { toA, toB }) => sum + toA.deleted + toB.deleted, 0)).toBe(
        11,
      );
    },
  );

  it.each([
    ["half of the rows", 20, 10, 50],
    ["all rows of a table of less than 20", 19, 19, 50],
    ["all rows where that is allowed", 30, 30, 100],
  ] as const)("lets %s go", async (_, rows, deleted, maxDeletePercent) => {
    pair = makePair(rowsOf(rows));
    await pair.sync();
    pair.edit("a", `DELETE FROM t WHERE id <= ${deleted}`);
    const { report } = await pair.sync({ maxDeletePercent });
    expect(report.tables[0]?.toB.deleted).toBe(deleted);
  });

  it("holds with a limit of nothing at all", async () => {
    pair = makePair(rowsOf(20));
    await pair.sync();
    pair.edit("a", "DELETE FROM t WHERE id = 1");
    await expect(pair.sync({ maxDeletePercent: 0 })).rejects.toMatchObject({
      code: "SYNC_MAX_DELETE",
    });
  });

  it("stops a dry run just so", async () => {
    pair = makePair(rowsOf(20));
    await pair.sync();
    pair.edit("a", "DELETE FROM t");
    await expect(pair.sync({ dryRun: true })).rejects.toMatchObject({ code: "SYNC_MAX_DELETE" });
  });
});

describe.each(["wal", "delete"])("a look in %s mode", (mode) => {
  const looks = {
    "a dry run": async () => void (await pair.sync({ dryRun: true })),
    diff: async () => void (await Promise.resolve(diffDatabases({ a: pair.a, b: pair.b }))),
    validate: async () => void (await validateDatabases([pair.a, pair.b])),
  };

  it.each(Object.entries(looks))(
    "by %s writes nothing, neither rows nor state",
    async (_, look) => {
      pair = makePair(ITEMS, mode);
      await pair.sync();
      pair.edit("a", "UPDATE item SET v = 'A'; INSERT INTO note VALUES ('n')");
      pair.edit("b", "UPDATE item SET v = 'B' WHERE id = 1; DELETE FROM item WHERE id = 2");
      const before = traceOf(pair);
      await look();
      expect(traceOf(pair)).toEqual(before);
    },
  );

  it.each(Object.entries(looks))("by %s leaves no state where there was none", async (_, look) => {
    pair = makePair(ITEMS, mode);
    await look();
    expect(existsSync(pair.stateDir)).toBe(false);
    expect(filesBeside(pair).filter((name) => !/\.db(-wal|-shm)?$/.test(name))).toEqual([]);
  });

  it.each(Object.entries(looks))(
    "by %s does not tidy up after a program that was killed",
    async (_, look) => {
      pair = makePair(ITEMS, mode);
      await pair.sync();
      killWhileEditing(pair.a, mode);
      const leftover = mode === "wal" ? `${pair.a}-wal` : pair.a;
      const before = [readFileSync(pair.a), readFileSync(leftover)];
      expect(before[1]?.length).toBeGreaterThan(0);
      await look();
      expect([readFileSync(pair.a), readFileSync(leftover)]).toEqual(before);
    },
  );
});

/** Another program commits an edit and dies without closing its connection: in WAL mode the edit is in the WAL only. */
function killWhileEditing(path: string, mode: string): void {
  const program = `const db = require("better-sqlite3")(process.argv[1]);
    db.pragma("wal_autocheckpoint = 0"); db.exec("UPDATE item SET v = 'killed'"); process.kill(process.pid, "SIGKILL")`;
  const { signal } = spawnSync(process.execPath, ["-e", program, path], {
    cwd: import.meta.dirname,
  });
  expect(signal).toBe("SIGKILL");
  expect(existsSync(`${path}-wal`)).toBe(mode === "wal");
}
