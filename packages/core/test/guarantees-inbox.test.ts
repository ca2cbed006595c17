import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conflict, Policy } from "@sync/model";
import { inboxOf, queryState } from "./state-probe.ts";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let asked: Conflict[] = [];
beforeEach(() => {
  asked = [];
});
afterEach(() => pair.remove());

/** Leaves every conflict to a person, and notes that it was asked. */
function parking(version?: string): Policy {
  return {
    name: "parking",
    ...(version === undefined ? {} : { version }),
    decide: (conflict) => {
      asked.push(conflict);
      return { type: "park", reason: "a person decides" };
    },
  };
}

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w); INSERT INTO t VALUES (1, 'old', 0), (2, 'old', 0), (3, 'old', 0)`;

async function parkOne(mode = "wal"): Promise<void> {
  pair = makePair(TABLE, mode);
  await pair.sync();
  pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
  pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
  await pair.sync({ policy: parking() });
  expect(asked).toHaveLength(1);
}

describe("a parked conflict", () => {
  it("stays, and is not put to the same policy again", async () => {
    await parkOne();
    const [entry] = inboxOf(pair);
    const { report } = await pair.sync({ policy: parking() });
    expect(asked).toHaveLength(1);
    expect(report.conflicts).toEqual({ resolved: 0, parked: 1 });
    expect(report.tables[0]?.conflicts).toEqual({ resolved: 0, parked: 1 });
    expect(inboxOf(pair)).toEqual([entry]);
  });

  it.each([
    ["another policy", { ...parking(), name: "other" }],
    ["another version of the policy", parking("2")],
  ])("is put to %s", async (_, policy) => {
    await parkOne();
    await pair.sync({ policy });
    expect(asked).toHaveLength(2);
  });

  it.each(["a", "b"] as const)(
    "is asked again when side %s edits the row, with the new value and under the same number",
    async (side) => {
      await parkOne();
      const [entry] = inboxOf(pair);
      pair.edit(side, "UPDATE t SET w = 1 WHERE id = 1");
      await pair.sync({ policy: parking() });
      expect(asked).toHaveLength(2);
      expect(asked[1]?.[side]).toMatchObject({ w: 1n });
      expect(inboxOf(pair)).toEqual([entry]);
      const images = queryState(pair, `SELECT w FROM "kept:t" WHERE "⟨sync⟩ image" = '${side}'`);
      expect(images).toEqual([{ w: 1 }]);
    },
  );

  it("is not asked again for another row's sake, and keeps nothing else from being copied", async () => {
    await parkOne();
    pair.edit("a", "UPDATE t SET v = 'other' WHERE id = 2");
    const { report } = await pair.sync({ policy: parking() });
    expect(asked).toHaveLength(1);
    expect(report.tables[0]).toMatchObject({ copied: 1 });
  });

  it("is asked again where the policy had failed", async () => {
    pair = makePair(TABLE);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    const failing = {
      name: "prefer-a",
      decide: () => {
        throw new Error("no network");
      },
    };
    const failed = await pair.sync({ policy: failing });
    expect(failed.outcomes).toMatchObject([
      { outcome: "parked", reason: "prefer-a failed: no network" },
    ]);
    const { report } = await pair.sync({ policy: PREFER_A });
    expect(report.conflicts).toEqual({ resolved: 1, parked: 0 });
  });

  it.each([
    ["one side takes the other's value", "a", "UPDATE t SET v = 'B' WHERE id = 1"],
    ["one side takes its edit back", "a", "UPDATE t SET v = 'old' WHERE id = 1"],
    ["the table is emptied of it on both sides", "both", "DELETE FROM t WHERE id = 1"],
  ] as const)("closes by itself when %s", async (_, side, sql) => {
    await parkOne();
    for (const one of ["a", "b"] as const) if (side === "both" || side === one) pair.edit(one, sql);
    const { report } = await pair.sync({ policy: parking() });
    expect(asked).toHaveLength(1);
    expect(report.conflicts.parked).toBe(0);
    expect(inboxOf(pair)).toEqual([]);
    expect(pair.rows("a", "SELECT * FROM t")).toEqual(pair.rows("b", "SELECT * FROM t"));
    expect(queryState(pair, "SELECT status FROM sync_conflict")).toEqual([{ status: "closed" }]);
  });

  it("waits while other tables are synced", async () => {
    pair = makePair(`${TABLE}; CREATE TABLE u (id INTEGER PRIMARY KEY)`);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1; INSERT INTO u VALUES (1)");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    await pair.sync({ policy: parking(), tables: ["t"] });
    const { report } = await pair.sync({ policy: parking(), tables: ["u"] });
    expect(report.conflicts).toEqual({ resolved: 0, parked: 1 });
    expect(report.tables).toMatchObject([{ table: "u", copied: 1 }]);
    expect(inboxOf(pair)).toHaveLength(1);
  });
});

it("a table dropped on both sides leaves neither base nor inbox to one of its name that comes later", async () => {
  await parkOne();
  for (const side of ["a", "b"] as const) pair.edit(side, "DROP TABLE t; CREATE TABLE other (x)");
  expect((await pair.sync()).report.conflicts.parked).toBe(0);
  for (const side of ["a", "b"] as const)
    pair.edit(side, "DROP TABLE other; CREATE TABLE t (id INTEGER PRIMARY KEY, v, w)");
  pair.edit("a", "INSERT INTO t VALUES (2, 'old', 0), (3, 'old', 0)");
  const { report } = await pair.sync();
  expect(report.tables[0]).toMatchObject({ toA: { deleted: 0 }, toB: { inserted: 2 } });
});

describe("a column added on both sides between two runs", () => {
  const ADD = "ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'd'";

  it("keeps the base: a deletion is still one, an untouched row still untouched", async () => {
    pair = makePair(`${TABLE}; CREATE TABLE bag (v); INSERT INTO bag VALUES (1), (2)`);
    await pair.sync();
    pair.edit(
      "a",
      `${ADD}; DELETE FROM t WHERE id = 2; ALTER TABLE bag ADD COLUMN more; DELETE FROM bag WHERE v = 1`,
    );
    pair.edit(
      "b",
      `${ADD}; ALTER TABLE bag ADD COLUMN more; UPDATE t SET more = 'filled' WHERE id = 3`,
    );
    const { report } = await pair.sync();
    expect(report.firstRun).toBe(false);
    expect(report.tables).toMatchObject([
      {
        table: "t",
        copied: 2,
        toA: { updated: 1, inserted: 0 },
        toB: { deleted: 1 },
        conflicts: { parked: 0 },
      },
      { table: "bag", copied: 1, toB: { deleted: 1 } },
    ]);
    expect(pair.rows("a", "SELECT id, more FROM t")).toEqual([
      { id: 1n, more: "d" },
      { id: 3n, more: "filled" },
    ]);
  });

  it("keeps the inbox and its values", async () => {
    await parkOne();
    for (const side of ["a", "b"] as const) pair.edit(side, ADD);
    const [entry] = inboxOf(pair);
    const { report } = await pair.sync({ policy: parking() });
    expect(report.conflicts.parked).toBe(1);
    expect(inboxOf(pair).map(({ id }) => id)).toEqual([entry?.id]);
    expect(queryState(pair, `SELECT "⟨sync⟩ image" AS image, v FROM "kept:t" ORDER BY 1`)).toEqual([
      { image: "0", v: "old" },
      { image: "a", v: "A" },
      { image: "b", v: "B" },
    ]);
  });

  it("and one dropped are told from edits", async () => {
    pair = makePair(TABLE);
    await pair.sync();
    for (const side of ["a", "b"] as const) pair.edit(side, "ALTER TABLE t DROP COLUMN w");
    pair.edit("b", "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'B' WHERE id = 2");
    expect((await pair.sync()).report.tables[0]).toMatchObject({
      copied: 2,
      toA: { deleted: 1, updated: 1 },
    });
  });

  it("on one side only stops the run and touches nothing", async () => {
    pair = makePair(TABLE);
    await pair.sync();
    pair.edit("a", `${ADD}; DELETE FROM t WHERE id = 2`);
    await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    pair.edit("b", ADD);
    expect((await pair.sync()).report.tables[0]).toMatchObject({ toB: { deleted: 1 } });
  });

  it("that makes another key begins anew: nothing is deleted", async () => {
    pair = makePair(
      "CREATE TABLE t (x TEXT PRIMARY KEY, y TEXT UNIQUE NOT NULL); INSERT INTO t VALUES ('a', 'b'), ('c', 'd')",
    );
    await pair.sync();
    const rekey =
      "CREATE TABLE n (x TEXT, y TEXT PRIMARY KEY); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t";
    pair.edit("a", `${rekey}; DELETE FROM t WHERE x = 'a'`);
    pair.edit("b", rekey);
    const { report } = await pair.sync();
    expect(report.tables[0]).toMatchObject({ toA: { inserted: 1 }, toB: { deleted: 0 } });
  });
});
