import { afterEach, describe, expect, it } from "vitest";
import type { Policy } from "@sync/model";
import { lostValues, queryState } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TWO = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) INSERT INTO t SELECT i, 'old', 'old' FROM n`;

describe("no value disappears", () => {
  const decisions: Readonly<Record<string, readonly [Policy, readonly unknown[]]>> = {
    "where a side wins": [PREFER_A, [{ lost: "b", status: "final", value: "B" }]],
    "where the policy writes another value": [
      policyOf(() => ({ type: "write", row: { v: "both" } })),
      [
        { lost: "a", status: "final", value: "A" },
        { lost: "b", status: "final", value: "B" },
      ],
    ],
    "where the policy writes what one side had": [
      policyOf(() => ({ type: "write", row: { v: "B" } })),
      [{ lost: "a", status: "final", value: "A" }],
    ],
    "where the row is deleted": [
      policyOf(() => ({ type: "delete" })),
      [
        { lost: "a", status: "final", value: "A" },
        { lost: "b", status: "final", value: "B" },
      ],
    ],
    "where nobody decides": [policyOf(() => undefined), []],
  };

  it.each(Object.entries(decisions))("%s: the ledger has what lost", async (_, [policy, lost]) => {
    pair = makePair(TWO);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    await pair.sync({ policy });
    expect(lostValues(pair, "t", "v")).toEqual(lost);
  });

  it("when an update wins over a deletion no value is lost, only the deletion; when the deletion wins the update is", async () => {
    pair = makePair(TWO);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1; DELETE FROM t WHERE id = 2");
    pair.edit("b", "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'B' WHERE id = 2");
    const { outcomes } = await pair.sync({ policy: PREFER_A });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["resolved", "skip"]);
    expect(lostValues(pair, "t", "v")).toEqual([
      { lost: "b", status: "final", value: "B" },
      { lost: "b", status: "final", value: null },
    ]);
  });

  it("two rows under one new key: the one that lost is kept whole", async () => {
    pair = makePair(TWO);
    await pair.sync();
    pair.edit("a", "INSERT INTO t VALUES (99, 'A', 'A')");
    pair.edit("b", "INSERT INTO t VALUES (99, 'B', X'00FF')");
    await pair.sync({ policy: PREFER_A });
    expect(lostValues(pair, "t", "w")).toEqual([
      { lost: "b", status: "final", value: Buffer.from([0, 255]) },
    ]);
  });

  it("a run that was given up notes nothing as lost, the next one does", async () => {
    pair = makePair(TWO);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    const user = pair.open("b");
    user.exec("BEGIN IMMEDIATE");
    await expect(pair.sync({ policy: PREFER_A, busyTimeoutMs: 20 })).rejects.toMatchObject({
      code: "SYNC_LOCKED",
    });
    user.exec("ROLLBACK; UPDATE t SET v = 'later' WHERE id = 1");
    await pair.sync({ policy: PREFER_A });
    expect(lostValues(pair, "t", "v")).toEqual([{ lost: "b", status: "final", value: "later" }]);
  });

  it("the values of a parked conflict are kept as they were, exactly", async () => {
    pair = makePair(TWO);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = CAST(X'FF00' AS TEXT) WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 9e999 WHERE id = 1");
    await pair.sync();
    expect(
      queryState(
        pair,
        `SELECT "⟨sync⟩ image" AS image, typeof(v) AS class, hex(v) AS hex FROM "kept:t" ORDER BY 1`,
      ),
    ).toEqual([
      { image: "0", class: "text", hex: "6F6C64" },
      { image: "a", class: "text", hex: "FF00" },
      { image: "b", class: "real", hex: Buffer.from("Inf").toString("hex").toUpperCase() },
    ]);
  });
});

it("every change ends as exactly one thing, and the counts add up", async () => {
  pair = makePair(`${TWO}; CREATE TABLE bag (v); INSERT INTO bag VALUES (1), (1), (2), (3)`);
  await pair.sync();
  pair.edit(
    "a",
    `UPDATE t SET v = 'A' WHERE id IN (1, 3, 4, 5, 6); DELETE FROM t WHERE id IN (2, 7); INSERT INTO t VALUES (20, 'A', 1), (21, 'same', 1);
    INSERT INTO bag VALUES (1); DELETE FROM bag WHERE v = 2; INSERT INTO bag VALUES (3)`,
  );
  pair.edit(
    "b",
    `UPDATE t SET w = 'B' WHERE id IN (3, 8); UPDATE t SET v = 'A' WHERE id = 4; UPDATE t SET v = 'B' WHERE id IN (5, 6); DELETE FROM t WHERE id = 7;
    INSERT INTO t VALUES (20, 'B', 1), (21, 'same', 1); DELETE FROM bag WHERE v = 2; INSERT INTO bag VALUES (3), (3)`,
  );
  const policy = policyOf(({ key }) =>
    key["id"] === 5n ? { type: "take", side: "b" } : undefined,
  );
  const { report, outcomes } = await pair.sync({ policy });
  // 1, 2 and 8 are one side's; 3 merges; 4, 7 and 21 agree; 5 is decided; 6 and 20 are left.
  expect(report.tables[0]).toEqual({
    table: "t",
    toA: { inserted: 0, updated: 3, deleted: 0 },
    toB: { inserted: 0, updated: 2, deleted: 1 },
    copied: 3,
    merged: 1,
    agreed: 3,
    filtered: 0,
    held: 0,
    conflicts: { resolved: 1, parked: 2 },
  });
  // 1 is one side's, 2 went on both, of 3 both have more, unequally.
  expect(report.tables[1]).toMatchObject({
    copied: 1,
    agreed: 1,
    merged: 1,
    toA: { inserted: 1 },
    toB: { inserted: 1 },
  });
  expect(outcomes.map(({ key, outcome }) => [key["id"], outcome])).toEqual([
    [5n, "skip"],
    [6n, "parked"],
    [20n, "parked"],
  ]);
  expect(lostValues(pair, "t", "v")).toEqual([{ lost: "a", status: "final", value: "A" }]);
});
