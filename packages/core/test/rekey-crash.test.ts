import { afterEach, expect, it, vi } from "vitest";
import type { Policy, Row } from "@sync/model";
import { STEPS } from "../src/engine/steps.ts";
import { runHalfCommitted, runKilled } from "./crash-run.ts";
import { inboxOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Each case starts a process and makes several runs.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

/** As in the child process: of two rows under one generated key, b's gets a fresh one. */
const REKEY: Policy = {
  name: "rekey",
  decide: ({ kind, generatedKey }) =>
    kind === "insert/insert" && generatedKey ? { type: "rekey", side: "b" } : { type: "park" },
};

const SHOP = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INT REFERENCES customer, note TEXT);
  CREATE TABLE line (orders INT REFERENCES orders, n INT, what TEXT, PRIMARY KEY (orders, n)) WITHOUT ROWID;
  INSERT INTO customer VALUES (1, 'old')`;
const ADA = `INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO orders VALUES (2, 2, 'of Ada'); INSERT INTO line VALUES (2, 1, 'bread')`;
const BOB = `INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO orders VALUES (2, 2, 'of Bob'), (3, 2, 'of Bob too');
  INSERT INTO line VALUES (2, 1, 'nails'), (3, 1, 'iron')`;

function prepare(mode: string): Promise<unknown> {
  pair = makePair(SHOP, mode);
  return pair.sync();
}

function story(side: "a" | "b"): unknown[] {
  const query = `SELECT c.name || ': ' || o.note || ', ' || l.what AS told FROM customer AS c
    JOIN orders AS o ON o.customer = c.id JOIN line AS l ON l.orders = o.id ORDER BY 1`;
  return pair.rows(side, query).map((row) => (row as Row)["told"]);
}

const ALL = ["Ada: of Ada, bread", "Bob: of Bob too, iron", "Bob: of Bob, nails"];

it.each(STEPS.flatMap((step) => ["wal", "delete"].map((mode) => [step, mode] as const)))(
  "killed at %s (%s mode), the next run ends where an uninterrupted one does",
  async (step, mode) => {
    await prepare(mode);
    pair.edit("a", ADA);
    pair.edit("b", BOB);
    runKilled(pair, { killAt: step, policy: "rekey" });
    await pair.sync({ policy: REKEY });
    await pair.sync({ policy: REKEY });
    expect(story("a")).toEqual(ALL);
    expect(story("b")).toEqual(ALL);
    for (const side of ["a", "b"] as const) {
      expect(pair.rows(side, "SELECT count(*) AS n FROM customer")).toEqual([{ n: 3n }]);
      expect(pair.rows(side, "SELECT count(*) AS n FROM orders")).toEqual([{ n: 3n }]);
      expect(pair.rows(side, "PRAGMA foreign_key_check")).toEqual([]);
    }
  },
);

it.each(["wal", "delete"])("only one side was committed (%s mode)", async (mode) => {
  await prepare(mode);
  pair.edit("a", ADA);
  pair.edit("b", BOB);
  runHalfCommitted(pair, { policy: "rekey" });
  await pair.sync({ policy: REKEY });
  expect(story("a")).toEqual(ALL);
  expect(story("b")).toEqual(ALL);
  expect(pair.rows("a", "SELECT count(*) AS n FROM customer")).toEqual([{ n: 3n }]);
});

it("only one side was committed, and then the other got another child: nobody's child changes hands", async () => {
  await prepare("wal");
  pair.edit("a", ADA);
  pair.edit("b", BOB);
  runHalfCommitted(pair, { policy: "rekey" });
  pair.edit(
    "b",
    "INSERT INTO orders VALUES (9, 2, 'of Bob at last'); INSERT INTO line VALUES (9, 1, 'zinc')",
  );
  await pair.sync({ policy: REKEY });
  const told = [...story("a"), ...story("b")].map(String);
  expect(told.filter((one) => one.startsWith("Ada") && !one.includes("bread"))).toEqual([]);
  expect(told.filter((one) => one.startsWith("Bob") && one.includes("bread"))).toEqual([]);
  for (const one of [...ALL, "Bob: of Bob at last, zinc"]) expect(told).toContain(one);
  expect(inboxOf(pair).length).toBeGreaterThan(0);
});
