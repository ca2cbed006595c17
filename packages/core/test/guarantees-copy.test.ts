import { rmSync, utimesSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { inboxOf, traceOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const TABLES = `CREATE TABLE item (id INTEGER PRIMARY KEY, v, updated_at TEXT);
  CREATE TABLE tag (k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE note (text);
  INSERT INTO item VALUES (1, 'one', '2024-01-01'), (2, 'two', '2024-01-01'), (3, 'three', '2024-01-01');
  INSERT INTO tag VALUES ('x', 1), ('y', 2); INSERT INTO note VALUES ('n'), ('n')`;
const QUERIES = [
  "SELECT * FROM item ORDER BY 1",
  "SELECT * FROM tag ORDER BY 1",
  "SELECT * FROM note ORDER BY 1",
];

function contentOf(side: "a" | "b"): unknown[] {
  return QUERIES.map((query) => pair.rows(side, query));
}

describe.each(["wal", "delete"])("with a base, in %s mode", (mode) => {
  it.each(["a", "b"] as const)("what only side %s did reaches the other", async (side) => {
    pair = makePair(TABLES, mode);
    await pair.sync();
    pair.edit(
      side,
      `UPDATE item SET v = 1.5 WHERE id = 1; DELETE FROM item WHERE id = 2; INSERT INTO item VALUES (9, 'new', NULL);
       UPDATE tag SET v = NULL WHERE k = 'x'; DELETE FROM tag WHERE k = 'y'; INSERT INTO tag VALUES ('z', 3);
       DELETE FROM note WHERE rowid = 1; INSERT INTO note VALUES ('m')`,
    );
    const edited = contentOf(side);
    const { report } = await pair.sync();
    expect(contentOf("a")).toEqual(edited);
    expect(contentOf("b")).toEqual(edited);
    expect(report.tables.map(({ copied }) => copied)).toEqual([3, 3, 2]);
  });

  it("the same result on both sides is agreement, and no side is written", async () => {
    pair = makePair(TABLES, mode);
    await pair.sync();
    const same =
      "UPDATE item SET v = 'same' WHERE id = 1; DELETE FROM item WHERE id = 2; INSERT INTO item VALUES (7, 'new', NULL); INSERT INTO note VALUES ('o')";
    pair.edit("a", same);
    pair.edit("b", same);
    const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
    const { report, outcomes } = await pair.sync();
    expect(report.tables.map(({ agreed }) => agreed)).toEqual([3, 0, 1]);
    expect(outcomes).toEqual([]);
    expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
    // The base followed: the next deletion is one side's own.
    pair.edit("a", "DELETE FROM item WHERE id = 7");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 1, toB: { deleted: 1 } });
  });

  it("a second run begins no write transaction on either side", async () => {
    pair = makePair(TABLES, mode);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'A' WHERE id = 1; UPDATE item SET v = 'A' WHERE id = 3");
    pair.edit("b", "UPDATE item SET v = 'B' WHERE id = 3");
    await pair.sync();
    const watchers = (["a", "b"] as const).map((side) => pair.open(side));
    const versions = (): unknown[] =>
      watchers.map((db) => db.pragma("data_version", { simple: true }));
    const before = [versions(), traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
    const steps: string[] = [];
    const { report } = await pair.sync({ onStep: (step) => steps.push(step) });
    expect([versions(), traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
    expect(steps).toEqual(["drafted", "decided"]);
    expect(report.conflicts.parked).toBe(1);
  });
});

describe("a conflict", () => {
  it("is a row that both sides changed to unequal values, and no other", async () => {
    pair = makePair(TABLES);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'A' WHERE id IN (1, 2)");
    pair.edit(
      "b",
      "UPDATE item SET v = 'B' WHERE id = 1; DELETE FROM item WHERE id = 2; UPDATE item SET v = 'B' WHERE id = 3",
    );
    const { outcomes, report } = await pair.sync();
    expect(outcomes.map(({ key, kind }) => [key, kind])).toEqual([
      [{ id: 1n }, "update/update"],
      [{ id: 2n }, "update/delete"],
    ]);
    expect(report.tables[0]).toMatchObject({ copied: 1, toA: { updated: 1 } });
    expect(inboxOf(pair)).toHaveLength(2);
  });

  it("is not made by a change of storage class on one side", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)");
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 1.0");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 1 });
    expect(pair.rows("a", "SELECT typeof(v) AS t FROM t")).toEqual([{ t: "real" }]);
  });
});

describe("clocks", () => {
  it("do not decide what changed: an edit with an older timestamp, in an older file, is copied", async () => {
    pair = makePair(TABLES);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'late clock', updated_at = '1999-01-01' WHERE id = 1");
    utimesSync(pair.a, new Date(0), new Date(0));
    const { report } = await pair.sync({ startedMs: 0 });
    expect(report.tables[0]).toMatchObject({ copied: 1, toB: { updated: 1 } });
    expect(pair.rows("b", "SELECT v, updated_at FROM item WHERE id = 1")).toEqual([
      { v: "late clock", updated_at: "1999-01-01" },
    ]);
  });

  it("do not make a change where there is none, nor settle a conflict by themselves", async () => {
    pair = makePair(TABLES);
    await pair.sync();
    utimesSync(pair.b, new Date("2040-01-01"), new Date("2040-01-01"));
    const later = await pair.sync({ startedMs: Date.UTC(2040, 1) });
    expect(later.report.tables.every(({ copied }) => copied === 0)).toBe(true);
    pair.edit("a", "UPDATE item SET v = 'A', updated_at = '2024-02-01' WHERE id = 1");
    pair.edit("b", "UPDATE item SET v = 'B', updated_at = '2024-03-01' WHERE id = 1");
    expect((await pair.sync()).outcomes).toMatchObject([{ outcome: "parked", disputed: ["v"] }]);
  });
});

describe("without a base", () => {
  it("the first run is a union: nothing is deleted", async () => {
    pair = makePair(TABLES);
    pair.edit("a", "DELETE FROM item WHERE id = 1; DELETE FROM tag; DELETE FROM note");
    pair.edit("b", "DELETE FROM item WHERE id = 3; INSERT INTO item VALUES (8, 'b', NULL)");
    const { report } = await pair.sync();
    expect(report.firstRun).toBe(true);
    expect(report.tables.map(({ toA, toB }) => [toA.deleted, toB.deleted])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(pair.rows("a", "SELECT id FROM item ORDER BY 1")).toEqual([
      { id: 1n },
      { id: 2n },
      { id: 3n },
      { id: 8n },
    ]);
    expect(contentOf("a")).toEqual(contentOf("b"));
  });

  it("a lost state is a first run again: what one side deleted comes back, what differs is asked", async () => {
    pair = makePair(TABLES);
    await pair.sync();
    rmSync(pair.stateDir, { recursive: true });
    pair.edit("a", "DELETE FROM item WHERE id = 1; UPDATE item SET v = 'A' WHERE id = 2");
    pair.edit("b", "DELETE FROM note");
    const { report, outcomes } = await pair.sync();
    expect(report.firstRun).toBe(true);
    expect(outcomes).toMatchObject([{ kind: "insert/insert", key: { id: 2n }, outcome: "parked" }]);
    expect(pair.rows("a", "SELECT v FROM item WHERE id = 1")).toEqual([{ v: "one" }]);
    expect(pair.rows("b", "SELECT count(*) AS n FROM note")).toEqual([{ n: 2n }]);
  });

  it("a table that is new in the pair is a union by itself, the others keep their base", async () => {
    pair = makePair(TABLES);
    await pair.sync({ tables: ["item"] });
    pair.edit("a", "DELETE FROM item WHERE id = 1; DELETE FROM tag WHERE k = 'x'");
    const { report } = await pair.sync();
    expect(report.tables[0]).toMatchObject({ toB: { deleted: 1 } });
    expect(report.tables[1]).toMatchObject({ toA: { inserted: 1 }, toB: { deleted: 0 } });
  });
});
