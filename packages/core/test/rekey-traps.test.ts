import { afterEach, expect, it } from "vitest";
import type { Policy, Row } from "@sync/model";
import { inboxOf, queryState } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

/** Of two new rows under one generated key, b's gets a fresh one. Everything else waits. */
const REKEY: Policy = {
  name: "rekey",
  decide: ({ kind, generatedKey }) =>
    kind === "insert/insert" && generatedKey ? { type: "rekey", side: "b" } : { type: "park" },
};

const CUSTOMER = "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)";
const SHOP = `${CUSTOMER}; CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INT REFERENCES customer, note TEXT)`;

/** One column `told`, in order. */
function told(side: "a" | "b", sql: string): unknown[] {
  return pair.rows(side, sql).map((row) => (row as Row)["told"]);
}

function expectTold(sql: string, expected: readonly string[]): void {
  expect(told("a", sql)).toEqual(expected);
  expect(told("b", sql)).toEqual(expected);
}

/** Two copies that made `a` and `b` offline, synchronized. */
async function meet(schema: string, [a, b]: readonly [string, string], options = {}) {
  pair = makePair(schema);
  await pair.sync(options);
  pair.edit("a", a);
  pair.edit("b", b);
  return (await pair.sync({ policy: REKEY, ...options })).report;
}

it("follows a foreign key to UNIQUE (id, tenant)", async () => {
  await meet(
    `CREATE TABLE customer (id INTEGER PRIMARY KEY, tenant INT, name TEXT, UNIQUE (id, tenant));
     CREATE TABLE orders (id TEXT PRIMARY KEY, customer INT, tenant INT,
       FOREIGN KEY (customer, tenant) REFERENCES customer (id, tenant))`,
    [
      "INSERT INTO customer VALUES (2, 1, 'Ada'); INSERT INTO orders VALUES ('of Ada', 2, 1)",
      "INSERT INTO customer VALUES (2, 1, 'Bob'); INSERT INTO orders VALUES ('of Bob', 2, 1)",
    ],
  );
  expectTold(
    "SELECT name || ': ' || o.id AS told FROM orders AS o JOIN customer AS c ON c.id = customer ORDER BY 1",
    ["Ada: of Ada", "Bob: of Bob"],
  );
});

it("does not take another customer's order for the same one because their numbers are equal", async () => {
  await meet(SHOP, [
    "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO orders VALUES (2, 2, 'milk'), (3, 2, 'bread')",
    "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO orders VALUES (2, 2, 'bread')",
  ]);
  expectTold(
    "SELECT name || ': ' || note AS told FROM orders AS o JOIN customer AS c ON c.id = customer ORDER BY 1",
    ["Ada: bread", "Ada: milk", "Bob: bread"],
  );
});

const BORROWED = "CREATE TABLE profile (id INTEGER PRIMARY KEY";
it.each([
  ["a foreign key", `${BORROWED} REFERENCES customer, text TEXT)`, []],
  [
    "declared by the caller",
    `${BORROWED}, text TEXT)`,
    [{ table: "profile", column: "id", to: "customer" }],
  ],
])(
  "a key that is another row's (%s) is never renumbered by itself",
  async (_, table, references) => {
    await meet(
      `${CUSTOMER}; ${table}; INSERT INTO customer VALUES (2, 'Ada'), (3, 'Bob')`,
      ["INSERT INTO profile VALUES (2, 'one')", "INSERT INTO profile VALUES (2, 'two')"],
      { references },
    );
    expect(told("a", "SELECT id || text AS told FROM profile")).toEqual(["2one"]);
    expect(told("b", "SELECT id || text AS told FROM profile")).toEqual(["2two"]);
    expect(inboxOf(pair)).toMatchObject([{ tbl: "profile", kind: "insert/insert" }]);
  },
);

it("a key that is another row's follows it", async () => {
  await meet(`${CUSTOMER}; ${BORROWED} REFERENCES customer, text TEXT)`, [
    "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO profile VALUES (2, 'of Ada')",
    "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO profile VALUES (2, 'of Bob')",
  ]);
  expectTold(
    "SELECT name || ' ' || text AS told FROM profile JOIN customer USING (id) ORDER BY 1",
    ["Ada of Ada", "Bob of Bob"],
  );
});

const LINES = `CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);
  CREATE TABLE line (orders INT REFERENCES orders, n INT, what TEXT, PRIMARY KEY (orders, n))`;

it("lines of an order that is there already under another key are not doubled", async () => {
  await meet(LINES, [
    "INSERT INTO orders VALUES (2, 'Ada'), (3, 'Bob'); INSERT INTO line VALUES (2, 1, 'bread'), (3, 1, 'nails')",
    "INSERT INTO orders VALUES (2, 'Bob'); INSERT INTO line VALUES (2, 1, 'nails'), (2, 2, 'iron')",
  ]);
  expectTold(
    "SELECT note || ': ' || what AS told FROM line JOIN orders ON id = orders ORDER BY 1",
    ["Ada: bread", "Bob: iron", "Bob: nails"],
  );
  expect(inboxOf(pair)).toEqual([]);
});

it("an order stays where one of its lines would come upon another one", async () => {
  await meet(LINES, [
    "INSERT INTO orders VALUES (2, 'Ada'), (3, 'Bob'); INSERT INTO line VALUES (3, 1, 'nails')",
    "INSERT INTO orders VALUES (2, 'Bob'); INSERT INTO line VALUES (2, 1, 'screws')",
  ]);
  expect(inboxOf(pair)).toContainEqual(
    expect.objectContaining({ tbl: "orders", kind: "insert/insert" }),
  );
  expect(told("b", "SELECT what AS told FROM line WHERE orders = 2")).toEqual(["screws"]);
  expect(told("a", "SELECT what AS told FROM line")).toEqual(["nails"]);
});

it("waits where a table that only one side has points at the row", async () => {
  await meet(
    CUSTOMER,
    [
      "INSERT INTO customer VALUES (2, 'Ada')",
      `CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer INT REFERENCES customer);
       INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO invoice VALUES (1, 2)`,
    ],
    { tables: ["customer"] },
  );
  expect(
    told("b", "SELECT name AS told FROM customer JOIN invoice ON customer = customer.id"),
  ).toEqual(["Bob"]);
  expect(inboxOf(pair)).toMatchObject([{ tbl: "customer" }]);
});

it("waits where a generated column points at the row", async () => {
  await meet(
    `${CUSTOMER}; CREATE TABLE note (id TEXT PRIMARY KEY, meta TEXT,
       customer INT GENERATED ALWAYS AS (json_extract(meta, '$.c')) STORED REFERENCES customer)`,
    [
      "INSERT INTO customer VALUES (2, 'Ada')",
      `INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO note (id, meta) VALUES ('n', '{"c":2}')`,
    ],
  );
  expect(
    told("b", "SELECT name AS told FROM customer JOIN note ON customer = customer.id"),
  ).toEqual(["Bob"]);
});

it.each(["INT", "TEXT"])(
  "a fresh key lies above every one that is still pointed at (%s column)",
  async (type) => {
    const references = [{ table: "note", column: "about", to: "customer" }];
    await meet(
      `${CUSTOMER}; CREATE TABLE note (id TEXT PRIMARY KEY, about ${type}); INSERT INTO note VALUES ('n', 7)`,
      ["INSERT INTO customer VALUES (2, 'Ada')", "INSERT INTO customer VALUES (2, 'Bob')"],
      { references },
    );
    expectTold("SELECT id || name AS told FROM customer ORDER BY 1", ["2Ada", "8Bob"]);
  },
);

it("an order of the one side and a customer of the other side move in one run", async () => {
  const policy: Policy = {
    name: "rekey",
    decide: ({ table }) => ({ type: "rekey", side: table === "customer" ? "b" : "a" }),
  };
  await meet(
    `${CUSTOMER}; CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);
     CREATE TABLE line (orders INT REFERENCES orders, n INT, payer INT REFERENCES customer, PRIMARY KEY (orders, n))`,
    [
      "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO orders VALUES (5, 'of a'); INSERT INTO line VALUES (5, 1, 2)",
      "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO orders VALUES (5, 'of b'); INSERT INTO line VALUES (5, 2, 2)",
    ],
    { policy },
  );
  expectTold(
    "SELECT note || ', ' || name AS told FROM line JOIN orders AS o ON o.id = orders JOIN customer AS c ON c.id = payer ORDER BY 1",
    ["of a, Ada", "of b, Bob"],
  );
});

it.each([
  [
    "was handed out and deleted",
    "AUTOINCREMENT",
    "",
    "INSERT INTO customer VALUES (9, 'Cy'); DELETE FROM customer WHERE id = 9;",
  ],
  [
    "is known from the base alone",
    "",
    "INSERT INTO customer VALUES (9, 'Cy')",
    "DELETE FROM customer WHERE id = 9;",
  ],
])("a fresh key lies above one that %s", async (_, keyword, before, gone) => {
  await meet(
    `CREATE TABLE customer (id INTEGER PRIMARY KEY ${keyword}, name TEXT); ${before}`,
    [
      `${gone} INSERT INTO customer VALUES (2, 'Ada')`,
      `${gone} INSERT INTO customer VALUES (2, 'Bob')`,
    ],
    { maxDeletePercent: 100 },
  );
  expectTold("SELECT id || name AS told FROM customer ORDER BY 1", ["10Bob", "2Ada"]);
});

it("waits where there is no greater key to give out", async () => {
  await meet(`${CUSTOMER}; INSERT INTO customer VALUES (9223372036854775807, 'last')`, [
    "INSERT INTO customer VALUES (2, 'Ada')",
    "INSERT INTO customer VALUES (2, 'Bob')",
  ]);
  expect(inboxOf(pair)).toMatchObject([
    { tbl: "customer", reason: "there is no greater key left to give out" },
  ]);
  expect(told("b", "SELECT name AS told FROM customer WHERE id = 2")).toEqual(["Bob"]);
});

it("two rows alike have two twins, and what SQL shows alike is compared exactly", async () => {
  await meet("CREATE TABLE tag (id INTEGER PRIMARY KEY, name COLLATE NOCASE)", [
    "INSERT INTO tag VALUES (1, 'a1'), (2, 'a2'), (3, 'a3'), (4, 'x'), (5, 'x'), (6, 0.1)",
    "INSERT INTO tag VALUES (1, 'x'), (2, 'x'), (3, 0.1 + 1e-17)",
  ]);
  expectTold("SELECT count(*) || ' ' || count(CASE WHEN name = 'x' THEN 1 END) AS told FROM tag", [
    "7 2",
  ]);
});

it("waits where a line was there before its order was made again on that side", async () => {
  pair = makePair(
    `PRAGMA foreign_keys = OFF; ${LINES}; INSERT INTO line VALUES (2, 1, 'left behind')`,
  );
  await pair.sync();
  pair.edit("a", "INSERT INTO orders VALUES (2, 'Ada')");
  pair.edit("b", "INSERT INTO orders VALUES (2, 'Bob'); UPDATE line SET what = 'of Bob'");
  await pair.sync({ policy: REKEY });
  expect(inboxOf(pair)).toContainEqual(expect.objectContaining({ tbl: "orders" }));
  expect(told("b", "SELECT note AS told FROM orders")).toEqual(["Bob"]);
});

it("under a key that one side's line leaves, the other's follows its own payer", async () => {
  const policy: Policy = {
    name: "rekey",
    decide: ({ table, generatedKey }) =>
      generatedKey ? { type: "rekey", side: table === "customer" ? "a" : "b" } : { type: "park" },
  };
  const line =
    "CREATE TABLE line (orders INT REFERENCES orders, n INT, payer INT REFERENCES customer, PRIMARY KEY (orders, n))";
  await meet(
    `${CUSTOMER}; CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); ${line}`,
    [
      "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO orders VALUES (5, 'of a'); INSERT INTO line VALUES (5, 1, 2)",
      "INSERT INTO customer VALUES (2, 'Bob'), (3, 'Cy'); INSERT INTO orders VALUES (5, 'of b'); INSERT INTO line VALUES (5, 1, 3)",
    ],
    { policy },
  );
  for (const [side, own] of [
    ["a", "of a, Ada"],
    ["b", "of b, Cy"],
  ] as const)
    expect(
      told(
        side,
        "SELECT note || ', ' || name AS told FROM line JOIN orders AS o ON o.id = orders JOIN customer AS c ON c.id = payer",
      ),
    ).toContain(own);
});

it("a line of two that both get fresh keys moves with both", async () => {
  await meet(
    `${CUSTOMER}; CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE tagged (customer INT REFERENCES customer, tag INT REFERENCES tag, PRIMARY KEY (customer, tag))`,
    [
      "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO tag VALUES (2, 'red'); INSERT INTO tagged VALUES (2, 2)",
      "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO tag VALUES (2, 'blue'); INSERT INTO tagged VALUES (2, 2)",
    ],
  );
  expectTold(
    "SELECT c.name || ' ' || t.name AS told FROM tagged JOIN customer AS c ON c.id = customer JOIN tag AS t ON t.id = tag ORDER BY 1",
    ["Ada red", "Bob blue"],
  );
});

it("what a policy decided about a line that then moves is void, and nothing of it in the ledger", async () => {
  const policy: Policy = {
    name: "rekey",
    decide: ({ generatedKey }) =>
      generatedKey ? { type: "rekey", side: "b" } : { type: "take", side: "a" },
  };
  await meet(
    LINES,
    [
      "INSERT INTO orders VALUES (2, 'Ada'); INSERT INTO line VALUES (2, 1, 'bread')",
      "INSERT INTO orders VALUES (2, 'Bob'); INSERT INTO line VALUES (2, 1, 'nails')",
    ],
    { policy },
  );
  expectTold(
    "SELECT note || ': ' || what AS told FROM line JOIN orders ON id = orders ORDER BY 1",
    ["Ada: bread", "Bob: nails"],
  );
  expect(queryState(pair, "SELECT tbl, reason FROM sync_ledger WHERE tbl = 'line'")).toEqual([
    { tbl: "line", reason: "both rows are kept, this one under the key 3, 1 instead of 2, 1" },
  ]);
});

it("where each side's row leaves a key with another parent, nothing stays under it", async () => {
  const policy: Policy = {
    name: "rekey",
    decide: ({ table, generatedKey }) =>
      generatedKey ? { type: "rekey", side: table === "tag" ? "a" : "b" } : { type: "park" },
  };
  await meet(
    `${CUSTOMER}; CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE tagged (customer INT REFERENCES customer, tag INT REFERENCES tag, PRIMARY KEY (customer, tag))`,
    [
      "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO tag VALUES (2, 'red'); INSERT INTO tagged VALUES (2, 2)",
      "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO tag VALUES (2, 'blue'); INSERT INTO tagged VALUES (2, 2)",
    ],
    { policy },
  );
  expectTold(
    "SELECT c.name || ' ' || t.name AS told FROM tagged JOIN customer AS c ON c.id = customer JOIN tag AS t ON t.id = tag ORDER BY 1",
    ["Ada red", "Bob blue"],
  );
});

it("an old order that its side gave to the new customer follows", async () => {
  await meet(`${SHOP}; INSERT INTO orders VALUES (1, NULL, 'old')`, [
    "INSERT INTO customer VALUES (2, 'Ada')",
    "INSERT INTO customer VALUES (2, 'Bob'); UPDATE orders SET customer = 2",
  ]);
  expectTold("SELECT name AS told FROM orders JOIN customer AS c ON c.id = customer", ["Bob"]);
});
