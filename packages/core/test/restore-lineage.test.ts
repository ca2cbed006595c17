import { copyFileSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createBackupDesk, execute, rowsOf } from "./backup-desk.ts";
import type { BackupDesk } from "./backup-desk.ts";
import { inboxOf, queryState } from "./state-probe.ts";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

let pair: TestPair;
let desk: BackupDesk;
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w TEXT);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) INSERT INTO t SELECT i, 'old', 'old' FROM n`;

function makeDesk(mode: string, sql = TABLE): void {
  pair = makePair(sql, mode);
  desk = createBackupDesk(pair.stateDir);
}

/** Rows as `id v w`. */
function content(side: "a" | "b"): string[] {
  const rows = pair.rows(side, "SELECT id || ' ' || v || ' ' || w AS row FROM t ORDER BY id");
  return rows.map((row) => (row as { row: string }).row);
}

const restoreLatest = async (): ReturnType<BackupDesk["restore"]> => desk.restore(pair.b);

describe.each(["wal", "delete"])("after a side was restored, in %s mode, a run", (mode) => {
  it("brings forward what changed since, wherever it was changed, and asks nothing", async () => {
    makeDesk(mode);
    await pair.sync();
    await desk.take(pair.b);
    // Synced since the backup: edits of both sides, a deletion, a new row, an edit that was edited again.
    pair.edit(
      "a",
      "UPDATE t SET v = 'a' WHERE id IN (1, 2, 3); DELETE FROM t WHERE id = 4; INSERT INTO t VALUES (20, 'a', 'new')",
    );
    pair.edit(
      "b",
      "UPDATE t SET w = 'b' WHERE id IN (3, 5); INSERT INTO t VALUES (21, 'b', 'new')",
    );
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'a2' WHERE id = 2");
    pair.edit("b", "UPDATE t SET w = 'b2' WHERE id = 5; DELETE FROM t WHERE id = 6");
    await pair.sync();
    // Not synced yet: a's edits count, b's are lost with the file unless they stand in the copy.
    pair.edit("a", "UPDATE t SET v = 'fresh' WHERE id IN (7, 1)");
    pair.edit("b", "UPDATE t SET v = 'only here' WHERE id = 8");
    const expected = content("a");
    const report = await restoreLatest();
    expect(report.pairs).toMatchObject([
      { side: "b", tables: [{ table: "t", outcome: "rebased" }] },
    ]);
    expect(rowsOf(report.replaced ?? "", "SELECT v FROM t WHERE id = 8")).toEqual([["only here"]]);
    const { report: run } = await pair.sync();
    expect(run.conflicts).toEqual({ resolved: 0, parked: 0 });
    expect(run.tables[0]?.toA).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(content("b")).toEqual(expected);
    expect(content("a")).toEqual(expected);
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
  });

  it("carries edits that were made on the restored side before the run, column by column", async () => {
    makeDesk(mode);
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id IN (1, 2)");
    await pair.sync();
    await restoreLatest();
    pair.edit(
      "b",
      "UPDATE t SET w = 'since' WHERE id IN (1, 3); DELETE FROM t WHERE id = 5; INSERT INTO t VALUES (30, 'b', 'since')",
    );
    await pair.sync();
    expect(content("a")).toEqual(content("b"));
    expect(content("a")).toEqual(
      expect.arrayContaining(["1 a since", "2 a old", "3 old since", "30 b since"]),
    );
    expect(content("a").some((row) => row.startsWith("5 "))).toBe(false);
  });

  it("is a conflict where the same column was edited on both since the backup", async () => {
    makeDesk(mode);
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id = 1");
    await pair.sync();
    await restoreLatest();
    pair.edit("b", "UPDATE t SET v = 'b' WHERE id = 1");
    await pair.sync();
    expect(inboxOf(pair)).toMatchObject([{ kind: "update/update" }]);
  });

  it("takes what the backup had and no run has seen for what it is: an edit", async () => {
    makeDesk(mode);
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 'not synced yet' WHERE id = 1; DELETE FROM t WHERE id = 2");
    await desk.take(pair.b);
    pair.edit("b", "UPDATE t SET v = 'ruined'");
    const report = await restoreLatest();
    expect(report.pairs[0]?.tables).toEqual([{ table: "t", outcome: "as-before", rows: 0 }]);
    await pair.sync();
    expect(content("a")).toEqual(content("b"));
    expect(content("a")).toHaveLength(11);
    expect(content("a")[0]).toBe("1 not synced yet old");
  });

  it("lets a row that was edited before the backup, and again after it, be the later one", async () => {
    makeDesk(mode);
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 'first' WHERE id = 1");
    await desk.take(pair.b);
    pair.edit("b", "UPDATE t SET v = 'second' WHERE id = 1");
    await pair.sync();
    await restoreLatest();
    await pair.sync();
    expect([content("a")[0], content("b")[0]]).toEqual(["1 second old", "1 second old"]);
  });

  it("leaves what waits for a decision waiting", async () => {
    makeDesk(mode);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'of a' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'of b' WHERE id = 1");
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET w = 'later' WHERE id = 2");
    await pair.sync();
    await restoreLatest();
    await pair.sync();
    expect(inboxOf(pair)).toMatchObject([{ kind: "update/update" }]);
    expect([content("a")[0], content("b")[0]]).toEqual(["1 of a old", "1 of b old"]);
    expect(content("b")[1]).toBe("2 old later");
  });

  it("takes an edit that the backup caught for one, though the row was settled before and others since", async () => {
    makeDesk(mode, `${TABLE}; CREATE TABLE u (id INTEGER PRIMARY KEY, v)`);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id = 1");
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 'mine' WHERE id = 1");
    await desk.take(pair.b);
    pair.edit("a", "INSERT INTO u VALUES (1, 'x')");
    await pair.sync({ tables: ["u"] });
    await restoreLatest();
    await pair.sync();
    expect([content("a")[0], content("b")[0]]).toEqual(["1 mine old", "1 mine old"]);
    expect(pair.rows("b", "SELECT v FROM u")).toEqual([{ v: "x" }]);
  });

  it("takes rows without a key that no run has seen for edits, too", async () => {
    makeDesk(mode, "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('one'), ('two')");
    await pair.sync();
    pair.edit("b", "DELETE FROM t WHERE x = 'two'; INSERT INTO t VALUES ('three')");
    await desk.take(pair.b);
    await restoreLatest();
    await pair.sync();
    const rows = [{ x: "one" }, { x: "three" }];
    expect(pair.rows("a", "SELECT x FROM t ORDER BY x")).toEqual(rows);
    expect(pair.rows("b", "SELECT x FROM t ORDER BY x")).toEqual(rows);
  });

  it("unites rows without a key, and deletes none, where runs were made since", async () => {
    makeDesk(mode, "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('one'), ('two')");
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "INSERT INTO t VALUES ('three'), ('one')");
    await pair.sync();
    const report = await restoreLatest();
    expect(report.pairs[0]?.tables).toMatchObject([{ outcome: "anew" }]);
    await pair.sync();
    const rows = ["a", "b"].map((side) =>
      pair.rows(side as "a" | "b", "SELECT x FROM t ORDER BY x"),
    );
    expect(rows[0]).toEqual([{ x: "one" }, { x: "one" }, { x: "three" }, { x: "two" }]);
    expect(rows[1]).toEqual(rows[0]);
  });

  it("brings every pair of a hub forward", async () => {
    makeDesk(mode);
    const c = `${pair.a}.c`;
    copyFileSync(pair.a, c);
    const other = { a: pair.b, b: c };
    await pair.sync();
    await pair.sync({ pair: other });
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id <= 4");
    execute(c, "UPDATE t SET w = 'c' WHERE id > 8");
    for (let round = 0; round < 2; round++) {
      await pair.sync();
      await pair.sync({ pair: other });
    }
    const expected = content("a");
    const report = await restoreLatest();
    expect(report.pairs.map(({ tables }) => tables[0]?.outcome)).toEqual(["rebased", "rebased"]);
    await pair.sync();
    await pair.sync({ pair: other });
    expect(content("a")).toEqual(expected);
    expect(content("b")).toEqual(expected);
    expect(rowsOf(c, "SELECT id || ' ' || v || ' ' || w FROM t ORDER BY id").flat()).toEqual(
      expected,
    );
  });
});

describe("what a run makes of a restored side", () => {
  it("starts a table anew of which less is on record than happened since the backup", async () => {
    makeDesk("wal");
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id <= 3; DELETE FROM t WHERE id = 12");
    await pair.sync();
    forgetEvidence("t");
    const report = await restoreLatest();
    expect(report.pairs[0]?.tables).toEqual([{ table: "t", outcome: "anew", rows: 0 }]);
    await pair.sync({ policy: PREFER_A });
    expect(content("a").slice(0, 3)).toEqual(["1 a old", "2 a old", "3 a old"]);
    expect(content("b")).toEqual(content("a"));
    // Nothing is deleted on such evidence: the deleted row is back on both sides.
    expect(content("a")).toContain("12 old old");
  });

  it("goes by the rows where nobody knows when a file was copied", async () => {
    makeDesk("wal");
    await pair.sync();
    const older = `${pair.b}.older`;
    copyFileSync(pair.b, older);
    pair.edit(
      "a",
      "UPDATE t SET v = 'a' WHERE id <= 4; DELETE FROM t WHERE id = 12; INSERT INTO t VALUES (20, 'a', 'new')",
    );
    await pair.sync();
    const expected = content("a");
    await desk.restore(pair.b, { type: "file", path: older });
    await pair.sync();
    expect([content("a"), content("b")]).toEqual([expected, expected]);
  });

  it("does not mistake another state for the one that a backup knew", async () => {
    makeDesk("wal");
    await pair.sync();
    await desk.take(pair.b);
    rmSync(pair.stateDir, { recursive: true });
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id = 1");
    await pair.sync({ policy: PREFER_A });
    const report = await restoreLatest();
    // As many runs as before, but of another state.
    expect(report.pairs[0]?.tables[0]?.outcome).not.toBe("as-before");
    await pair.sync({ policy: PREFER_A });
    expect(content("a")[0]).toBe("1 a old");
    expect(content("b")).toEqual(content("a"));
  });

  it("tells nothing to a pair that it does not know", async () => {
    makeDesk("wal");
    await desk.take(pair.b);
    expect((await restoreLatest()).pairs).toEqual([]);
  });

  it("starts tables anew that the backup has in another shape, or not at all", async () => {
    makeDesk("wal");
    await pair.sync();
    await desk.take(pair.b);
    for (const side of ["a", "b"] as const) {
      pair.edit(
        side,
        "ALTER TABLE t ADD COLUMN extra; CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)",
      );
    }
    await pair.sync();
    const report = await restoreLatest();
    expect(report.pairs[0]?.tables).toMatchObject([
      { table: "t", outcome: "anew" },
      { table: "u", outcome: "anew" },
    ]);
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    pair.edit("b", "ALTER TABLE t ADD COLUMN extra; CREATE TABLE u (id INTEGER PRIMARY KEY)");
    await pair.sync();
    expect(pair.rows("a", "SELECT id FROM u")).toEqual([{ id: 1n }]);
    expect(pair.rows("b", "SELECT id FROM u")).toEqual([{ id: 1n }]);
  });

  it("waits for a run that is under way", async () => {
    makeDesk("wal");
    await pair.sync();
    await desk.take(pair.b);
    const [folder] = queryStateFolder();
    const lock = new Database(folder);
    lock.exec("BEGIN EXCLUSIVE");
    try {
      await expect(restoreLatest()).rejects.toMatchObject({ code: "SYNC_PAIR_BUSY" });
    } finally {
      lock.close();
    }
    expect((await restoreLatest()).how).toBe("in-place");
  });
});

describe.each(["wal", "delete"])("a restore that was killed, in %s mode, at", (mode) => {
  it.each(["kept", "noted", "writing", "written", "told"] as const)(
    "%s is ended by the next run, and the good side keeps what it has",
    async (step) => {
      makeDesk(mode);
      await pair.sync();
      await desk.take(pair.b);
      pair.edit("a", "UPDATE t SET v = 'a' WHERE id <= 5; DELETE FROM t WHERE id = 12");
      await pair.sync();
      pair.edit("a", "UPDATE t SET w = 'fresh' WHERE id = 6");
      const expected = content("a");
      desk.killed("restore", pair.b, step);
      const isOpen = step === "kept" || step === "told";
      if (!isOpen) {
        await expect(pair.sync({ dryRun: true })).rejects.toMatchObject({ code: "SYNC_LINEAGE" });
      }
      const { report } = await pair.sync();
      expect(report.conflicts).toEqual({ resolved: 0, parked: 0 });
      expect([content("a"), content("b")]).toEqual([expected, expected]);
      expect(queryState(pair, "SELECT 1 FROM sync_meta WHERE name GLOB 'restored*'")).toEqual([]);
      expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
    },
  );

  it("written keeps an edit that came before the next run, and asks where the schema came, too", async () => {
    makeDesk(mode);
    await pair.sync();
    await desk.take(pair.b);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id <= 5");
    await pair.sync();
    desk.killed("restore", pair.b, "written");
    pair.edit("b", "UPDATE t SET w = 'between' WHERE id = 1");
    await pair.sync();
    expect([content("a")[0], content("b")[0]]).toEqual(["1 a between", "1 a between"]);
    desk.killed("restore", pair.b, "written");
    pair.edit("b", "CREATE INDEX i ON t (v)");
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_LINEAGE",
      message: expect.stringContaining("cannot be told") as string,
    });
    await pair.sync({ lineage: "restored" });
    expect(content("b")).toEqual(content("a"));
    expect(content("a")[1]).toBe("2 a old");
  });
});

function forgetEvidence(table: string): void {
  const [, file] = queryStateFolder();
  execute(
    file,
    `DELETE FROM "written:${table}"; INSERT OR REPLACE INTO sync_meta SELECT 'evidence:${table}', value FROM sync_meta WHERE name = 'epoch'`,
  );
}

/** The pair's lock and state. */
function queryStateFolder(): [string, string] {
  const [row] = queryState(pair, "SELECT file FROM pragma_database_list WHERE name = 'main'");
  const { file } = row as { file: string };
  return [file.replace("state.sqlite", "lock.sqlite"), file];
}
