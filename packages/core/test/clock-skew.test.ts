import { afterEach, expect, it } from "vitest";
import type { Conflict } from "@sync/model";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

/** The runs' now: 2023-11-14T22:13:20Z. */
const NOTES = `CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, updated_at);
  INSERT INTO note VALUES ('x', 'old', '2023-11-01 10:00:00'), ('y', 'old', '2023-11-01 10:00:00')`;

/** Runs after both sides edited, and tells what the run noticed and what the policy saw. */
async function afterEdits(
  a: string,
  b: string,
): Promise<{ notices: readonly string[]; seen: Conflict[] }> {
  pair = makePair(NOTES);
  await pair.sync();
  pair.edit("a", a);
  pair.edit("b", b);
  const seen: Conflict[] = [];
  const { report } = await pair.sync({ policy: policyOf((conflict) => void seen.push(conflict)) });
  return { notices: report.notices, seen };
}

const edit = (time: string, text: string): string =>
  `UPDATE note SET text = '${text}', updated_at = ${time} WHERE id = 'x'`;

it("times in order are not worth a word", async () => {
  const { notices, seen } = await afterEdits(
    edit("'2023-11-14 10:00:00'", "a"),
    edit("'2023-11-12 10:00:00'", "b"),
  );
  expect(notices).toEqual([]);
  expect(seen).toMatchObject([{ clockSkew: null }]);
});

it("a time in the future is reported, on the side that has it", async () => {
  const { notices } = await afterEdits("", edit("'2023-11-14 22:30:00'", "b"));
  expect(notices).toEqual([
    "table `note`: `updated_at` on side b lies in the future: check the clocks",
  ]);
});

it("five minutes ahead is not the future", async () => {
  const { notices } = await afterEdits("", edit("'2023-11-14 22:18:20'", "b"));
  expect(notices).toEqual([]);
});

it("sides whose newest times are far apart are reported, and must not decide", async () => {
  const { notices, seen } = await afterEdits(
    edit("'2000-01-01 00:00:10'", "a"),
    edit("'2023-11-14 10:00:00'", "b"),
  );
  expect(notices).toEqual([
    "table `note`: the newest times in `updated_at` on the two sides lie 8718 days apart: check the clocks",
  ]);
  expect(seen[0]?.clockSkew).toContain("8718 days apart");
});

it.each([
  ["2023-10-16 10:00:00", "29 days", 0],
  ["2023-10-14 10:00:00", "31 days", 1],
])("%s is %s from the other side: %i reports", async (time, _, reports) => {
  const { notices } = await afterEdits(edit(`'${time}'`, "a"), edit("'2023-11-14 10:00:00'", "b"));
  expect(notices).toHaveLength(reports);
});

it("other changes of the same side show that its clock is right", async () => {
  const { notices } = await afterEdits(
    `${edit("'2023-09-01 10:00:00'", "a")}; UPDATE note SET text = 'a', updated_at = '2023-11-14 09:00:00' WHERE id = 'y'`,
    edit("'2023-11-14 10:00:00'", "b"),
  );
  expect(notices).toEqual([]);
});

it("mixed formats in one column are reported", async () => {
  const { notices } = await afterEdits(
    edit("1699900000", "a"),
    edit("'2023-11-14T10:00:00Z'", "b"),
  );
  expect(notices.join()).toMatch(/`updated_at` holds times in 2 formats: .*seconds.*ISO 8601/);
});

it("a conflict that was parked is not reported again and again", async () => {
  await afterEdits(edit("'2000-01-01 00:00:10'", "a"), edit("'2023-11-14 10:00:00'", "b"));
  const { report } = await pair.sync({ policy: policyOf(() => undefined) });
  expect(report.notices).toEqual([]);
});

it("the timestamp column may have any name", async () => {
  pair = makePair(
    "CREATE TABLE t (id TEXT PRIMARY KEY, v, changed TEXT); INSERT INTO t VALUES ('x', 1, '2023-11-01')",
  );
  const tableOptions = [{ table: "T", timestamp: "CHANGED" }];
  await pair.sync({ tableOptions });
  pair.edit("a", "UPDATE t SET v = 2, changed = '2023-11-10'");
  pair.edit("b", "UPDATE t SET changed = '2023-11-11'");
  const { report } = await pair.sync({ tableOptions });
  expect(report.tables).toMatchObject([{ merged: 1 }]);
  for (const side of ["a", "b"] as const)
    expect(pair.rows(side, "SELECT v, changed FROM t")).toEqual([{ v: 2n, changed: "2023-11-11" }]);
});
