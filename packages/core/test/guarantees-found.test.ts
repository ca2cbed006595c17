import { afterEach, describe, expect, it, vi } from "vitest";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";
import { traceOf } from "./state-probe.ts";

let pair: TestPair;
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

function series(count: number): string {
  return `WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${count})`;
}

/** Tables too large for one slice, each cut in another way. */
const LARGE = {
  "a rowid with gaps": `CREATE TABLE t (k INTEGER PRIMARY KEY, v); ${series(120_001)} INSERT INTO t SELECT i * 7 - 200000, 0 FROM s`,
  "a rowid that spans 64 bits": `CREATE TABLE t (k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (-9223372036854775808, 0), (9223372036854775807, 0); ${series(60_000)} INSERT INTO t SELECT i, 0 FROM s`,
  "a text key": `CREATE TABLE t (k TEXT PRIMARY KEY, v); ${series(120_001)} INSERT INTO t SELECT 'k' || i, 0 FROM s`,
  "a key that is the table": `CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID; ${series(120_001)} INSERT INTO t SELECT 'k' || i, 0 FROM s`,
  "a first key column of few values": `CREATE TABLE t (g INT, k INT, v, PRIMARY KEY (g, k)) WITHOUT ROWID; ${series(120_001)} INSERT INTO t SELECT i > 1000, i, 0 FROM s`,
};

describe("no change is missed", () => {
  it.each(Object.entries(LARGE))("in a table of many slices with %s", async (_, sql) => {
    pair = makePair(sql);
    await pair.sync();
    const ends = ["min(k)", "max(k)"].map((end) => `(SELECT ${end} FROM t)`).join(", ");
    pair.edit("a", `UPDATE t SET v = 'A' WHERE k IN (${ends}) OR k LIKE '%4009'`);
    pair.edit(
      "b",
      "DELETE FROM t WHERE k IN (SELECT k FROM t WHERE k NOT LIKE '%4009' ORDER BY k LIMIT 3 OFFSET 50001)",
    );
    await pair.sync();
    const differing = `SELECT count(*) AS n FROM t WHERE v = 'A'`;
    expect(pair.rows("b", differing)).toEqual(pair.rows("a", differing));
    expect(pair.rows("a", "SELECT count(*), sum(length(k)) FROM t")).toEqual(
      pair.rows("b", "SELECT count(*), sum(length(k)) FROM t"),
    );
    const { report } = await pair.sync();
    expect(report.tables[0]).toMatchObject({ copied: 0, agreed: 0, conflicts: { parked: 0 } });
  });

  it("where a row went and another came, so that the count is the same", async () => {
    pair = makePair(
      "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 2), (NULL, 3)",
    );
    await pair.sync();
    pair.edit("a", "DELETE FROM t WHERE k = 'a'; INSERT INTO t VALUES ('c', 1)");
    pair.edit("b", "DELETE FROM t WHERE k = 'b'; INSERT INTO t VALUES (NULL, 4)");
    await pair.sync();
    const rows = "SELECT k, v FROM t ORDER BY v, k";
    expect(pair.rows("a", rows)).toEqual([
      { k: "c", v: 1n },
      { k: null, v: 3n },
      { k: null, v: 4n },
    ]);
    expect(pair.rows("b", rows)).toEqual(pair.rows("a", rows));
  });
});

it("what only looks like a change costs time, and nothing else", async () => {
  pair = makePair(
    "CREATE TABLE t (k TEXT PRIMARY KEY, v REAL); CREATE TABLE bag (v); INSERT INTO t VALUES ('a', 0.0), ('b', 2); INSERT INTO bag VALUES (1), (2)",
  );
  await pair.sync();
  pair.edit(
    "a",
    "INSERT OR REPLACE INTO t VALUES ('a', 0.0); UPDATE t SET v = v; UPDATE t SET v = -0.0 WHERE k = 'a'; DELETE FROM bag; INSERT INTO bag VALUES (2), (1)",
  );
  pair.edit("b", "VACUUM");
  const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
  const { report } = await pair.sync();
  expect(report.tables).toMatchObject([
    { copied: 0, agreed: 0 },
    { copied: 0, agreed: 0 },
  ]);
  expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
});

it("what does not come back as it was written is not committed", async () => {
  // An R-tree keeps 32 bits of a coordinate: 0.1 becomes another number.
  pair = makePair(
    "CREATE VIRTUAL TABLE t USING rtree (id, x0, x1); CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1, 0, 4)",
  );
  await pair.sync();
  pair.edit("a", "UPDATE t SET x0 = 1; INSERT INTO u VALUES (1)");
  pair.edit("b", "UPDATE t SET x0 = 2");
  await pair.release();
  const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
  const policy = policyOf(() => ({ type: "write", row: { x0: 0.1 } }));
  await expect(pair.sync({ policy })).rejects.toMatchObject({ code: "SYNC_VERIFY_FAILED" });
  expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
  expect((await pair.sync()).report.tables).toMatchObject([
    { conflicts: { parked: 1 } },
    { copied: 1 },
  ]);
});
