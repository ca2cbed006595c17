import type { Row } from "@sync/model";
import { afterEach, describe, expect, it } from "vitest";
import { inboxOf, lostValues } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

/** What a policy that is plain JavaScript may answer. */
const NO_ANSWERS: Readonly<Record<string, unknown>> = {
  "a side that is none": { type: "take", side: "c" },
  "no side": { type: "take" },
  "no row": { type: "write" },
  "null for a row": { type: "write", row: null },
  "a list for a row": { type: "write", row: ["x"] },
  "a type that is none": { type: "keep" },
  "a text": "a",
  null: null,
  "a number": 42,
  "a reason that is no text": { type: "delete", reason: 7 },
  "undefined for a value": { type: "write", row: { v: undefined } },
  "a symbol": { type: "write", row: { v: Symbol("x") } },
  "a date": { type: "write", row: { v: new Date(0) } },
  true: { type: "write", row: { v: true } },
  "a column that the table has not": { type: "write", row: { v: 1n, x: 1n } },
  "a column by another spelling": { type: "write", row: { V: 1n } },
  "another key": { type: "write", row: { id: 2n, v: 1n } },
  "nothing of what is disputed": { type: "write", row: { w: 1n } },
  "an integer of more than 64 bits": { type: "write", row: { v: 2n ** 63n } },
  "NaN, of which SQLite makes NULL": { type: "write", row: { v: Number.NaN } },
};

describe("an answer that cannot be carried out", () => {
  it.each(Object.entries(NO_ANSWERS))(
    "because it is %s parks its conflict, and the rest goes on",
    async (_, answer) => {
      pair = makePair(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v, w); INSERT INTO t VALUES (1, 'x', 'w'); CREATE TABLE u (id INTEGER PRIMARY KEY)",
      );
      await pair.sync();
      pair.edit("a", "UPDATE t SET v = 'A'; INSERT INTO u VALUES (1)");
      pair.edit("b", "UPDATE t SET v = 'B'");
      const { outcomes } = await pair.sync({ policy: policyOf(() => answer as never) });
      expect(outcomes).toMatchObject([{ outcome: "parked" }]);
      expect(pair.rows("a", "SELECT v, w FROM t")).toEqual([{ v: "A", w: "w" }]);
      expect(pair.rows("b", "SELECT v, w FROM t")).toEqual([{ v: "B", w: "w" }]);
      expect(pair.rows("b", "SELECT * FROM u")).toEqual([{ id: 1n }]);
      expect(lostValues(pair, "t", "v")).toEqual([]);
    },
  );
});

it("columns may have the names of what every JavaScript object has", async () => {
  pair = makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, "__proto__", "constructor", "toString"); INSERT INTO t VALUES (1, 1, 2, 3)`,
  );
  await pair.sync();
  pair.edit("a", `UPDATE t SET "__proto__" = 'A', "constructor" = 'A'`);
  pair.edit("b", `UPDATE t SET "__proto__" = 'B', "toString" = 'B'`);
  const row = Object.fromEntries([["__proto__", "both"]]) as Row;
  const { outcomes } = await pair.sync({ policy: policyOf(() => ({ type: "write", row })) });
  expect(outcomes).toMatchObject([{ disputed: ["__proto__"], outcome: "skip" }]);
  for (const side of ["a", "b"] as const) {
    expect(
      pair.rows(side, `SELECT "__proto__" AS p, "constructor" AS c, "toString" AS t FROM t`),
    ).toEqual([{ p: "both", c: "A", t: "B" }]);
  }
});

it("a key that only changed its case is an update of that row, and merges with other columns", async () => {
  pair = makePair(
    "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v, w) WITHOUT ROWID; INSERT INTO t VALUES ('Ada', 1, 1)",
  );
  await pair.sync();
  pair.edit("a", "UPDATE t SET k = 'ADA'; INSERT INTO t VALUES ('new', 1, 1)");
  pair.edit("b", "UPDATE t SET v = 2; INSERT INTO t VALUES ('NEW', 2, 1)");
  expect((await pair.sync()).outcomes).toMatchObject([{ kind: "insert/insert" }]);
  expect(pair.rows("b", "SELECT k, v FROM t WHERE k = 'ada'")).toEqual([{ k: "ADA", v: 2n }]);
  await pair.sync({ policy: PREFER_A });
  expect(pair.rows("b", "SELECT k FROM t")).toEqual([{ k: "ADA" }, { k: "new" }]);
  expect(inboxOf(pair)).toEqual([]);
  expect(lostValues(pair, "t", "k")).toEqual([{ lost: "b", status: "final", value: "NEW" }]);
});
