import { afterEach, describe, expect, it } from "vitest";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const SHOP = `
  CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, city TEXT, updated_at TEXT);
  CREATE TABLE line (ord INTEGER, no INTEGER, item TEXT COLLATE NOCASE, PRIMARY KEY (ord, no)) WITHOUT ROWID;
  CREATE TABLE note (text);
  INSERT INTO customer VALUES (1, 'Ada', 'ada@x', 'London', '2024-01-01'), (2, 'Bob', 'bob@x', 'Bonn', '2024-01-01'), (3, 'Cy', NULL, NULL, NULL);
  INSERT INTO line VALUES (1, 1, 'pen'), (1, 2, 'ink'), (2, 1, 'cap');
  INSERT INTO note VALUES ('x'), ('x'), (1), (1.0), (NULL);`;
const ALL =
  "SELECT 'c', id, name, email, city, updated_at FROM customer UNION ALL SELECT 'l', ord, no, item, 0, 0 FROM line ORDER BY 1, 2, 3";
const NOTES = "SELECT typeof(text) AS t, quote(text) AS q FROM note ORDER BY 1, 2";

function expectEqualSides(): void {
  expect(pair.rows("a", ALL)).toEqual(pair.rows("b", ALL));
  expect(pair.rows("a", NOTES)).toEqual(pair.rows("b", NOTES));
}

describe.each(["wal", "delete"])("a pair in %s mode", (mode) => {
  it("agrees on equal sides and does nothing the second time", async () => {
    pair = makePair(SHOP, mode);
    const first = await pair.sync();
    expect(first.report).toMatchObject({ firstRun: true, conflicts: { resolved: 0, parked: 0 } });
    expect(first.report.tables.map(({ table, agreed }) => [table, agreed])).toEqual([
      ["customer", 3],
      ["line", 3],
      ["note", 4],
    ]);
    const second = await pair.sync();
    expect(second.report.firstRun).toBe(false);
    expect(
      second.report.tables.every((table) => table.copied + table.agreed + table.merged === 0),
    ).toBe(true);
  });

  it("carries inserts, updates and deletes of each side over", async () => {
    pair = makePair(SHOP, mode);
    await pair.sync();
    pair.edit(
      "a",
      `UPDATE customer SET city = 'Paris' WHERE id = 1; DELETE FROM line WHERE no = 2;
      INSERT INTO customer VALUES (10, 'Zoe', 'zoe@x', NULL, NULL); DELETE FROM note WHERE text IS NULL;`,
    );
    pair.edit(
      "b",
      `DELETE FROM customer WHERE id = 3; UPDATE line SET item = 'CAP' WHERE ord = 2; INSERT INTO note VALUES ('x');`,
    );
    const { report } = await pair.sync();
    expect(report.tables).toMatchObject([
      { table: "customer", toA: { deleted: 1 }, toB: { inserted: 1, updated: 1 }, copied: 3 },
      { table: "line", toA: { updated: 1 }, toB: { deleted: 1 }, copied: 2 },
      { table: "note", toA: { inserted: 1 }, toB: { deleted: 1 }, copied: 2 },
    ]);
    expectEqualSides();
    expect(pair.rows("a", "SELECT item FROM line WHERE ord = 2")).toEqual([{ item: "CAP" }]);
    expect((await pair.sync()).report.tables.every(({ copied }) => copied === 0)).toBe(true);
  });

  it("merges columns, agrees on the same edit, parks what is left", async () => {
    pair = makePair(SHOP, mode);
    await pair.sync();
    pair.edit(
      "a",
      `UPDATE customer SET city = 'Rome', updated_at = '2024-02-01' WHERE id = 1; UPDATE customer SET name = 'Bea' WHERE id = 2;
      UPDATE customer SET name = 'Cyd' WHERE id = 3`,
    );
    pair.edit(
      "b",
      `UPDATE customer SET name = 'Eda', updated_at = '2024-03-01' WHERE id = 1; UPDATE customer SET name = 'Ben' WHERE id = 2;
      UPDATE customer SET name = 'Cyd' WHERE id = 3`,
    );
    const { report, outcomes } = await pair.sync();
    expect(report.tables[0]).toMatchObject({
      merged: 1,
      agreed: 1,
      conflicts: { resolved: 0, parked: 1 },
    });
    expect(report.conflicts).toEqual({ resolved: 0, parked: 1 });
    expect(outcomes).toMatchObject([
      {
        table: "customer",
        key: { id: 2n },
        kind: "update/update",
        disputed: ["name"],
        outcome: "parked",
      },
    ]);
    expect(pair.rows("b", "SELECT name, city, updated_at FROM customer WHERE id = 1")).toEqual([
      { name: "Eda", city: "Rome", updated_at: "2024-03-01" },
    ]);
    const again = await pair.sync();
    expect(again.report.conflicts.parked).toBe(1);
    const decided = await pair.sync({ policy: PREFER_A });
    expect(decided.report.conflicts).toEqual({ resolved: 1, parked: 0 });
    expect(decided.outcomes).toMatchObject([{ outcome: "skip", winner: "a" }]);
    expectEqualSides();
    expect(pair.rows("b", "SELECT name FROM customer WHERE id = 2")).toEqual([{ name: "Bea" }]);
  });
});

it("swaps unique values between rows", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit(
    "a",
    `UPDATE customer SET email = 't' WHERE id = 1; UPDATE customer SET email = 'ada@x' WHERE id = 2; UPDATE customer SET email = 'bob@x' WHERE id = 1`,
  );
  const { report } = await pair.sync();
  expect(report.tables[0]).toMatchObject({ toB: { updated: 2 }, copied: 2 });
  expectEqualSides();
});

it("parks rows that would collide and copies the rest", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit(
    "a",
    "INSERT INTO customer VALUES (20, 'A', 'same@x', NULL, NULL), (21, 'A2', 'other@x', NULL, NULL)",
  );
  pair.edit("b", "INSERT INTO customer VALUES (30, 'B', 'same@x', NULL, NULL)");
  const { report, outcomes } = await pair.sync();
  expect(report.tables[0]).toMatchObject({ copied: 1, conflicts: { parked: 2 } });
  expect(outcomes.map(({ kind }) => kind)).toEqual(["unique", "unique"]);
  expect((await pair.sync()).report.conflicts.parked).toBe(2);
});

it("works the same with the sides named in the other order", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", "UPDATE customer SET name = 'A!' WHERE id = 1");
  pair.edit("b", "UPDATE customer SET name = 'B!' WHERE id = 1");
  const { report } = await pair.sync({ pair: { a: pair.b, b: pair.a }, policy: PREFER_A });
  expect(report.tables[0]?.toB.updated).toBe(1);
  expect(pair.rows("a", "SELECT name FROM customer WHERE id = 1")).toEqual([{ name: "B!" }]);
});

it("adds no violation of a foreign key over a generated column", async () => {
  pair = makePair(`CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
    CREATE TABLE c (id INTEGER PRIMARY KEY, v INT, ref INT AS (v) STORED REFERENCES p (id)); INSERT INTO c (id, v) VALUES (1, 1)`);
  await pair.sync();
  pair.edit("a", "DELETE FROM p WHERE id = 2");
  pair.edit("b", "INSERT INTO c (id, v) VALUES (2, 2)");
  await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_VERIFY_FAILED" });
  expect(pair.rows("a", "SELECT count(*) AS n FROM c")).toEqual([{ n: 1n }]);
  pair.edit("a", "INSERT INTO p VALUES (2)");
  await pair.sync();
  expect(pair.rows("a", "SELECT ref FROM c WHERE id = 2")).toEqual([{ ref: 2n }]);
});
