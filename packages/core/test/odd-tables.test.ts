import { afterEach, describe, expect, it } from "vitest";
import { inboxOf } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const SIDES = ["a", "b"] as const;

describe("wide tables", () => {
  const columns = (count: number): string =>
    Array.from({ length: count }, (_, index) => `c${index} TEXT`).join(", ");

  it("of 700 columns are synchronised", async () => {
    pair = makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns(700)}); INSERT INTO t (id) VALUES (1)`,
    );
    await pair.sync();
    pair.edit("a", "UPDATE t SET c1 = 'A'");
    pair.edit("b", "UPDATE t SET c699 = 'B'");
    await pair.sync();
    for (const side of SIDES)
      expect(pair.rows(side, "SELECT c1, c699 FROM t")).toEqual([{ c1: "A", c699: "B" }]);
  });

  it.each([
    ["with a key", `id INTEGER PRIMARY KEY, ${columns(900)}`],
    ["without a key", columns(901)],
  ])("of more than 900 columns are refused by name, %s", async (_, definition) => {
    pair = makePair(`CREATE TABLE wide (${definition})`);
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_UNSUPPORTED",
      message: expect.stringContaining("`wide`") as string,
    });
  });
});

it("a virtual table alone takes a decision that writes a value of neither side", async () => {
  pair = makePair(
    "CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f (rowid, x) VALUES (1, 'old')",
  );
  await pair.sync();
  pair.edit("a", "UPDATE f SET x = 'A'");
  pair.edit("b", "UPDATE f SET x = 'B'");
  await pair.sync({ policy: policyOf(() => ({ type: "write", row: { x: "both" } })) });
  for (const side of SIDES)
    expect(pair.rows(side, "SELECT rowid, x FROM f WHERE f MATCH 'both'")).toEqual([
      { rowid: 1n, x: "both" },
    ]);
});

it("rows without a key that stay in conflict keep their place in the inbox", async () => {
  pair = makePair("CREATE TABLE t (email TEXT UNIQUE, n); INSERT INTO t VALUES ('z', 0)");
  await pair.sync();
  pair.edit("a", "INSERT INTO t VALUES ('e', 1)");
  pair.edit("b", "INSERT INTO t VALUES ('e', 2)");
  await pair.sync();
  const first = inboxOf(pair);
  expect(first).toHaveLength(2);
  await pair.sync();
  await pair.sync();
  expect(inboxOf(pair)).toEqual(first);
});

it.each(["t:key", "t:1", "base:t", "written-key:t", "sync_conflict"])(
  "a table named %s goes along with a table `t`",
  async (name) => {
    pair = makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE "${name}" (id INTEGER PRIMARY KEY, v)`,
    );
    await pair.sync();
    pair.edit("a", "INSERT INTO t VALUES (1, 'A')");
    pair.edit("b", `INSERT INTO "${name}" VALUES (1, 'B')`);
    await pair.sync();
    expect(pair.rows("b", "SELECT v FROM t")).toEqual([{ v: "A" }]);
    expect(pair.rows("a", `SELECT v FROM "${name}"`)).toEqual([{ v: "B" }]);
  },
);

it("an updated row that wins over its deletion comes back under its rowid", async () => {
  pair = makePair(
    "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 1), ('c', 1)",
  );
  await pair.sync();
  pair.edit("a", "DELETE FROM t WHERE k = 'a'");
  pair.edit("b", "UPDATE t SET v = 2 WHERE k = 'a'");
  await pair.sync({ policy: policyOf(() => ({ type: "take", side: "b" })) });
  for (const side of SIDES)
    expect(pair.rows(side, "SELECT rowid, k, v FROM t WHERE k = 'a'")).toEqual([
      { rowid: 1n, k: "a", v: 2n },
    ]);
});
