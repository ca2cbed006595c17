import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const ROWS = `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO t SELECT i, 'old' FROM n`;

/** State is kept for the pair whose first path sorts first; a caller may name them either way. */
const ORDERS = [
  ["in the order of their paths", "a", "b"],
  ["the other way round", "b", "a"],
] as const;

describe.each(ORDERS)("sides named %s", (_, first, second) => {
  const sync = (options: Parameters<TestPair["sync"]>[0] = {}): ReturnType<TestPair["sync"]> =>
    pair.sync({ pair: { a: pair[first], b: pair[second] }, ...options });

  it("are told apart as the caller named them where a table is missing", async () => {
    pair = makePair(ROWS);
    pair.edit(first, "CREATE TABLE more (id INTEGER PRIMARY KEY)");
    await expect(sync()).rejects.toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
      message: expect.stringContaining("`more` is only in a.") as string,
    });
  });

  it("are told apart as the caller named them where the guard stops a run", async () => {
    pair = makePair(ROWS);
    await sync();
    pair.edit(first, "DELETE FROM t");
    await expect(sync()).rejects.toMatchObject({
      code: "SYNC_MAX_DELETE",
      message: expect.stringContaining(pair[second]) as string,
      details: { side: "b" },
    });
  });

  it("are told apart as the caller named them where one was restored", async () => {
    pair = makePair(ROWS);
    await sync();
    pair.edit(first, "UPDATE t SET v = 'new'");
    await sync();
    pair.edit(second, "UPDATE t SET v = 'old'");
    await expect(sync()).rejects.toMatchObject({ code: "SYNC_LINEAGE", details: { side: "b" } });
    const { outcomes } = await sync({ lineage: "restored" });
    expect(outcomes).toHaveLength(40);
    // The reason names no side: it stays true whichever way the pair is named next time.
    expect(outcomes[0]).toMatchObject({
      winner: "a",
      reason: "its side was restored to an older state",
    });
    expect(pair.rows(second, "SELECT DISTINCT v FROM t")).toEqual([{ v: "new" }]);
  });
});

describe("a result in a file of its own", () => {
  const beside = (name: string): string => join(dirname(pair.a), name);

  it("is not made in a dry run", async () => {
    pair = makePair(ROWS);
    await pair.sync({ dryRun: true, out: beside("out.db") });
    expect(existsSync(beside("out.db"))).toBe(false);
  });

  it("leaves a side and its write-ahead log as they are", async () => {
    pair = makePair(ROWS);
    const user = pair.open("b");
    user.exec("INSERT INTO t VALUES (50, 'in the log')");
    const copy = beside("copy.db");
    const files = [copy, `${copy}-wal`];
    copyFileSync(pair.b, copy);
    copyFileSync(`${pair.b}-wal`, `${copy}-wal`);
    const before = files.map((file) => readFileSync(file));
    await pair.sync({ pair: { a: pair.a, b: copy }, out: beside("out.db") });
    expect(files.map((file) => readFileSync(file))).toEqual(before);
  });
});
