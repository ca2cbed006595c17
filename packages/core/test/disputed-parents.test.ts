import { afterEach, expect, it } from "vitest";
import type { Policy, Row } from "@sync/model";
import { inboxOf } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

// Two different orders wait under one key: nothing that points at one of them may come to the other.

let pair: TestPair;
afterEach(() => pair.remove());

const SHOP = `CREATE TABLE orders (id INTEGER PRIMARY KEY, tenant INT, note TEXT, UNIQUE (id, tenant));
  CREATE TABLE line (orders INT, tenant INT, n INT, what TEXT, PRIMARY KEY (orders, n),
    FOREIGN KEY (orders, tenant) REFERENCES orders (id, tenant));
  CREATE TABLE part (orders INT, n INT, k INT, what TEXT, PRIMARY KEY (orders, n, k), FOREIGN KEY (orders, n) REFERENCES line);
  CREATE TABLE memo (id INTEGER PRIMARY KEY, orders INT REFERENCES orders, text TEXT)`;
const ADA = "INSERT INTO orders VALUES (2, 1, 'Ada')";
const BOB = "INSERT INTO orders VALUES (2, 1, 'Bob')";

function told(side: "a" | "b", table: string): unknown[] {
  const column = table === "memo" ? "text" : "what";
  return pair
    .rows(side, `SELECT ${column} AS told FROM ${table} ORDER BY 1`)
    .map((row) => (row as Row)["told"]);
}

async function meet(a: string, b: string, policy?: Policy): Promise<void> {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", `${ADA}; ${a}`);
  pair.edit("b", `${BOB}; ${b}`);
  await pair.sync(policy === undefined ? {} : { policy });
}

it("lines that name the tenant as well wait", async () => {
  await meet(
    "INSERT INTO line VALUES (2, 1, 1, 'bread')",
    "INSERT INTO line VALUES (2, 1, 2, 'nails')",
  );
  expect([told("a", "line"), told("b", "line")]).toEqual([["bread"], ["nails"]]);
});

it("parts of a line that both sides gave such an order wait", async () => {
  await meet(
    "INSERT INTO line VALUES (2, 1, 1, 'bread'); INSERT INTO part VALUES (2, 1, 1, 'flour')",
    "INSERT INTO line VALUES (2, 1, 1, 'nails'); INSERT INTO part VALUES (2, 1, 2, 'zinc')",
  );
  expect([told("a", "part"), told("b", "part")]).toEqual([["flour"], ["zinc"]]);
});

it("no policy puts the one order's line in place of the other's", async () => {
  await meet(
    "INSERT INTO line VALUES (2, 1, 1, 'bread')",
    "INSERT INTO line VALUES (2, 1, 1, 'nails')",
    policyOf(({ table }) => (table === "line" ? { type: "take", side: "a" } : { type: "park" })),
  );
  expect([told("a", "line"), told("b", "line")]).toEqual([["bread"], ["nails"]]);
});

it("lines and memos that look alike may be two: they wait, and move with their order later", async () => {
  const alike = "INSERT INTO line VALUES (2, 1, 1, 'same'); INSERT INTO memo VALUES (5, 2, 'same')";
  await meet(alike, `${alike}; INSERT INTO part VALUES (2, 1, 1, 'of Bob')`);
  expect(
    inboxOf(pair)
      .map(({ tbl }) => tbl)
      .toSorted(),
  ).toEqual(["line", "memo", "orders", "part"]);
  expect(told("a", "part")).toEqual([]);
  const rekey: Policy = {
    name: "rekey",
    decide: ({ kind, generatedKey }) =>
      kind === "insert/insert" && generatedKey ? { type: "rekey", side: "b" } : { type: "park" },
  };
  await pair.sync({ policy: rekey });
  expect(inboxOf(pair)).toEqual([]);
  const story = `SELECT note || ', ' || text || ', ' || l.what || ifnull(', ' || p.what, '') AS told FROM orders AS o
    JOIN memo ON memo.orders = o.id JOIN line AS l ON l.orders = o.id LEFT JOIN part AS p ON p.orders = o.id ORDER BY 1`;
  const expected = ["Ada, same, same", "Bob, same, same, of Bob"].map((one) => ({ told: one }));
  for (const side of ["a", "b"] as const) expect(pair.rows(side, story)).toEqual(expected);
});

it("what looks alike is one again, and leaves the inbox, once one of the orders goes", async () => {
  const alike = "INSERT INTO line VALUES (2, 1, 1, 'same'); INSERT INTO memo VALUES (5, 2, 'same')";
  await meet(alike, alike);
  await pair.sync({ policy: { name: "prefer-a", decide: () => ({ type: "take", side: "a" }) } });
  expect(inboxOf(pair)).toEqual([]);
  expect([told("b", "line"), told("b", "memo")]).toEqual([["same"], ["same"]]);
});
