import { afterEach, describe, expect, it } from "vitest";
import type { Policy, Row } from "@sync/model";
import { inboxOf, queryState } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

/** Two new rows under one generated key are both kept; side b's moves. Everything else waits. */
const REKEY: Policy = {
  name: "rekey",
  decide: ({ kind, generatedKey, a, b }) =>
    kind === "insert/insert" && generatedKey && a !== null && b !== null
      ? { type: "rekey", side: String(Object.values(a)) < String(Object.values(b)) ? "b" : "a" }
      : undefined,
};

const SHOP = `CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, mail TEXT UNIQUE);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INT NOT NULL REFERENCES customer, note TEXT);
  CREATE TABLE line (orders INT REFERENCES orders, n INT, what TEXT, PRIMARY KEY (orders, n)) WITHOUT ROWID;
  CREATE TABLE part (orders INT, n INT, k INT, what TEXT, PRIMARY KEY (orders, n, k), FOREIGN KEY (orders, n) REFERENCES line);
  CREATE TABLE note (id TEXT PRIMARY KEY, about INT, text TEXT);
  INSERT INTO customer (name) VALUES ('old'); INSERT INTO orders VALUES (1, 1, 'old'); INSERT INTO line VALUES (1, 1, 'old')`;

const ADA = `INSERT INTO customer VALUES (2, 'Ada', 'ada@x'); INSERT INTO orders VALUES (2, 2, 'of Ada'), (3, 1, 'of old, a');
  INSERT INTO line VALUES (2, 1, 'ada''s bread'), (2, 2, 'ada''s milk'); INSERT INTO part VALUES (2, 1, 1, 'ada''s flour')`;
const BOB = `INSERT INTO customer VALUES (2, 'Bob', 'bob@x'); INSERT INTO orders VALUES (2, 2, 'of Bob');
  INSERT INTO line VALUES (2, 1, 'bob''s nails'); INSERT INTO part VALUES (2, 1, 1, 'bob''s iron'), (2, 1, 2, 'bob''s zinc')`;

/** Who has what, told by names alone: it must be the same whatever the keys are. */
const STORY = `SELECT c.name || ': ' || o.note || ifnull(', ' || l.what, '') || ifnull(', ' || p.what, '') AS told FROM customer AS c
  JOIN orders AS o ON o.customer = c.id LEFT JOIN line AS l ON l.orders = o.id
  LEFT JOIN part AS p ON p.orders = l.orders AND p.n = l.n ORDER BY 1`;

function story(side: "a" | "b"): unknown[] {
  return pair.rows(side, STORY).map((row) => (row as { told: string }).told);
}

function expectEqualSides(): void {
  for (const table of ["customer", "orders", "line", "part", "note"])
    expect(pair.rows("a", `SELECT * FROM ${table} ORDER BY 1, 2, 3`)).toEqual(
      pair.rows("b", `SELECT * FROM ${table} ORDER BY 1, 2, 3`),
    );
  for (const side of ["a", "b"] as const) {
    expect(pair.rows(side, "PRAGMA foreign_key_check")).toEqual([]);
    expect(pair.rows(side, "PRAGMA integrity_check(5)")).toEqual([{ integrity_check: "ok" }]);
  }
}

async function expectSettled(): Promise<void> {
  const { report } = await pair.sync({ policy: REKEY });
  const none = { inserted: 0, updated: 0, deleted: 0 };
  for (const { toA, toB } of report.tables) expect([toA, toB]).toEqual([none, none]);
}

describe.each(["wal", "delete"])("two offline copies gave out the same keys (%s mode)", (mode) => {
  it("both customers stay, with their orders, lines and parts", async () => {
    pair = makePair(SHOP, mode);
    await pair.sync();
    pair.edit("a", ADA);
    pair.edit("b", BOB);
    const [told] = [[...story("a"), ...story("b")]];
    const { report, outcomes } = await pair.sync({ policy: REKEY });
    expect(inboxOf(pair)).toEqual([]);
    expectEqualSides();
    expect(story("a")).toEqual(
      [...new Set(told)].toSorted((x, y) => String(x).localeCompare(String(y))),
    );
    expect(outcomes.map(({ table, outcome }) => `${table} ${outcome}`)).toContain(
      "customer resolved",
    );
    expect(report.renumbered).toContainEqual({
      table: "customer",
      side: "b",
      from: { id: 2n },
      to: { id: 3n },
    });
    await expectSettled();
  });

  it("the result does not depend on which side is a", async () => {
    const results: unknown[] = [];
    for (const [first, second] of [
      [ADA, BOB],
      [BOB, ADA],
    ]) {
      pair = makePair(SHOP, mode);
      await pair.sync();
      pair.edit("a", first ?? "");
      pair.edit("b", second ?? "");
      await pair.sync({ policy: REKEY });
      expectEqualSides();
      results.push(
        ["customer", "orders", "line", "part"].map((table) =>
          pair.rows("a", `SELECT * FROM ${table} ORDER BY 1, 2, 3`),
        ),
      );
      if (results.length === 1) pair.remove();
    }
    expect(results[0]).toEqual(results[1]);
  });
});

it("declared soft references follow", async () => {
  pair = makePair(SHOP);
  const references = [{ table: "note", column: "about", to: "customer" }];
  await pair.sync({ references });
  pair.edit("a", `${ADA}; INSERT INTO note VALUES ('n1', 2, 'about Ada')`);
  pair.edit("b", `${BOB}; INSERT INTO note VALUES ('n2', 2, 'about Bob')`);
  await pair.sync({ policy: REKEY, references });
  expectEqualSides();
  expect(
    pair.rows("a", "SELECT text, name FROM note JOIN customer AS c ON c.id = about ORDER BY 1"),
  ).toEqual([
    { text: "about Ada", name: "Ada" },
    { text: "about Bob", name: "Bob" },
  ]);
});

it("the renumbering is in the ledger", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", ADA);
  pair.edit("b", BOB);
  await pair.sync({ policy: REKEY });
  expect(
    queryState(pair, "SELECT tbl, reason, status FROM sync_ledger WHERE tbl = 'customer'"),
  ).toEqual([
    {
      tbl: "customer",
      reason: "both rows are kept, this one under the key 3 instead of 2",
      status: "final",
    },
  ]);
});

it("a row that would break a constraint under its fresh key waits, with all that points at it; the others move", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", `${ADA}; INSERT INTO customer VALUES (3, 'Cy', 'same@x')`);
  pair.edit(
    "b",
    `${BOB}; INSERT INTO customer VALUES (3, 'Dee', 'same@x'); INSERT INTO orders VALUES (9, 3, 'of Dee')`,
  );
  await pair.sync({ policy: REKEY });
  expect(inboxOf(pair).map(({ tbl, kind }) => `${tbl} ${kind}`)).toEqual([
    "customer insert/insert",
    "orders foreign-key",
  ]);
  expect(pair.rows("a", "SELECT name FROM customer WHERE id IN (2, 3) ORDER BY id")).toEqual([
    { name: "Ada" },
    { name: "Cy" },
  ]);
  expect(pair.rows("b", "SELECT name FROM customer WHERE id IN (2, 3) ORDER BY id")).toEqual([
    { name: "Ada" },
    { name: "Dee" },
  ]);
  expect(story("a")).toContain("Bob: of Bob, bob's nails, bob's iron");
  await expectSettled();
});

it("waits where a row that points at it could not follow", async () => {
  pair = makePair(`${SHOP}; CREATE TABLE log (customer INT REFERENCES customer, what TEXT)`);
  await pair.sync();
  pair.edit("a", ADA);
  pair.edit("b", `${BOB}; INSERT INTO log VALUES (2, 'came')`);
  await pair.sync({ policy: REKEY });
  expect(inboxOf(pair)).toContainEqual(
    expect.objectContaining({ tbl: "customer", kind: "insert/insert" }),
  );
  expect(pair.rows("a", "SELECT * FROM log")).toEqual([]);
  expect(pair.rows("b", "SELECT name FROM customer WHERE id = 2")).toEqual([{ name: "Bob" }]);
  await expectSettled();
});

it("finds the row again that was renumbered before, instead of doubling it", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", "INSERT INTO customer VALUES (2, 'Ada', 'ada@x'), (3, 'Bob', 'bob@x')");
  pair.edit("b", "INSERT INTO customer VALUES (2, 'Bob', 'bob@x')");
  await pair.sync({ policy: REKEY });
  expectEqualSides();
  expect(pair.rows("a", "SELECT id, name FROM customer ORDER BY id")).toEqual([
    { id: 1n, name: "old" },
    { id: 2n, name: "Ada" },
    { id: 3n, name: "Bob" },
  ]);
});

it("rows that point at themselves move as one", async () => {
  pair = makePair(
    "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INT REFERENCES staff, name TEXT)",
  );
  await pair.sync();
  pair.edit("a", "INSERT INTO staff VALUES (1, 1, 'Ada'), (2, 1, 'Al')");
  pair.edit("b", "INSERT INTO staff VALUES (1, 1, 'Bob'), (2, 1, 'Bea'), (3, 2, 'Bo')");
  await pair.sync({ policy: REKEY });
  const told =
    "SELECT s.name || ' under ' || b.name AS told FROM staff AS s JOIN staff AS b ON b.id = s.boss ORDER BY 1";
  const expected = [
    "Ada under Ada",
    "Al under Ada",
    "Bea under Bob",
    "Bo under Bea",
    "Bob under Bob",
  ];
  for (const side of ["a", "b"] as const)
    expect(pair.rows(side, told).map((row) => (row as Row)["told"])).toEqual(expected);
});

it("orders that look alike but are of two different customers are two orders", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit(
    "a",
    "INSERT INTO customer VALUES (2, 'Ada', 'ada@x'); INSERT INTO orders VALUES (2, 2, 'bread'); INSERT INTO line VALUES (2, 1, 'x')",
  );
  pair.edit(
    "b",
    "INSERT INTO customer VALUES (2, 'Bob', 'bob@x'); INSERT INTO orders VALUES (2, 2, 'bread'); INSERT INTO line VALUES (2, 1, 'x')",
  );
  await pair.sync({ policy: REKEY });
  expectEqualSides();
  expect(story("a")).toEqual(["Ada: bread, x", "Bob: bread, x", "old: old, old"]);
  expect(inboxOf(pair)).toEqual([]);
  await expectSettled();
});

it("orders that look alike are one again where their customer cannot move", async () => {
  pair = makePair(`${SHOP}; CREATE TABLE log (customer INT REFERENCES customer, what TEXT)`);
  await pair.sync();
  pair.edit(
    "a",
    "INSERT INTO customer VALUES (2, 'Ada', 'ada@x'); INSERT INTO orders VALUES (2, 2, 'bread')",
  );
  pair.edit(
    "b",
    "INSERT INTO customer VALUES (2, 'Bob', 'bob@x'); INSERT INTO orders VALUES (2, 2, 'bread'); INSERT INTO log VALUES (2, 'came')",
  );
  await pair.sync({ policy: REKEY });
  expect(story("a")).toEqual(["Ada: bread", "old: old, old"]);
  expect(story("b")).toEqual(["Bob: bread", "old: old, old"]);
  await expectSettled();
});
