import { afterEach, expect, it } from "vitest";
import type { Policy, Row } from "@sync/model";
import { inboxOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const REKEY: Policy = {
  name: "rekey",
  decide: ({ kind, generatedKey }) =>
    kind === "insert/insert" && generatedKey ? { type: "rekey", side: "b" } : undefined,
};

const SHOP = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE orders (id TEXT PRIMARY KEY, customer INT REFERENCES customer)`;

function story(side: "a" | "b"): unknown[] {
  const query =
    "SELECT o.id || ' of ' || c.name AS told FROM orders AS o JOIN customer AS c ON c.id = o.customer ORDER BY 1";
  return pair.rows(side, query).map((row) => (row as Row)["told"]);
}

async function start(mode: string): Promise<void> {
  pair = makePair(SHOP, mode);
  await pair.sync();
  pair.edit("a", "INSERT INTO customer VALUES (2, 'Ada'); INSERT INTO orders VALUES ('a1', 2)");
  pair.edit("b", "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO orders VALUES ('b1', 2)");
}

it.each(["wal", "delete"])(
  "an order that comes while the plan is made follows its customer too (%s mode)",
  async (mode) => {
    await start(mode);
    let isFirst = true;
    await pair.sync({
      policy: REKEY,
      onStep: (step) => {
        if (step !== "planned" || !isFirst) return;
        isFirst = false;
        pair.edit("b", "INSERT INTO orders VALUES ('b2', 2)");
      },
    });
    for (const side of ["a", "b"] as const)
      expect(story(side)).toEqual(["a1 of Ada", "b1 of Bob", "b2 of Bob"]);
    expect(inboxOf(pair)).toEqual([]);
  },
);

it("nothing is renumbered while orders keep coming; nobody's order changes hands, and the next quiet run does it", async () => {
  await start("wal");
  let n = 1;
  await pair.sync({
    policy: REKEY,
    onStep: (step) => {
      if (step !== "planned") return;
      n += 1;
      pair.edit("b", `INSERT INTO orders VALUES ('b${n}', 2)`);
    },
  });
  expect(story("a")).toEqual(["a1 of Ada"]);
  expect(story("b")).toEqual(Array.from({ length: n }, (_, i) => `b${i + 1} of Bob`));
  expect(inboxOf(pair)).toContainEqual(
    expect.objectContaining({
      tbl: "customer",
      reason: "other programs kept changing the databases during the run",
    }),
  );
  await pair.sync({ policy: REKEY });
  expect(story("a")).toEqual([
    "a1 of Ada",
    ...Array.from({ length: n }, (_, i) => `b${i + 1} of Bob`),
  ]);
  expect(story("b")).toEqual(story("a"));
});
