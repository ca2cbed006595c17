import { afterEach, describe, expect, it } from "vitest";
import type { Conflict, Decision, Policy } from "@sync/model";
import { inboxOf, lostValues } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const PREFER_B: Policy = { name: "prefer-b", decide: () => ({ type: "take", side: "b" }) };

/** An edit beats a deletion; everything else waits for a person. */
const EDIT_WINS = policyOf(({ kind, a, b }) => {
  if (kind !== "foreign-key" || (a === null) === (b === null)) return undefined;
  return { type: "take", side: a === null ? "b" : "a" };
});

function expectSound(): void {
  for (const side of ["a", "b"] as const) {
    expect(pair.rows(side, "PRAGMA foreign_key_check")).toEqual([]);
    expect(pair.rows(side, "PRAGMA integrity_check(5)")).toEqual([{ integrity_check: "ok" }]);
  }
}

async function expectSettled(policy: Policy): Promise<void> {
  const again = await pair.sync({ policy });
  const counts = again.report.tables.map(({ toA, toB }) => [toA, toB]);
  const none = { inserted: 0, updated: 0, deleted: 0 };
  expect(counts).toEqual(counts.map(() => [none, none]));
  expectSound();
}

const SHOP = `CREATE TABLE parent (id TEXT PRIMARY KEY, name TEXT);
  CREATE TABLE child (id TEXT PRIMARY KEY, parent TEXT REFERENCES parent, name TEXT);
  CREATE TABLE grandchild (id TEXT PRIMARY KEY, child TEXT REFERENCES child, name TEXT);
  INSERT INTO parent VALUES ('p', 'kept'), ('q', 'other')`;

describe("a deletes a parent while b adds a child and a grandchild", () => {
  const start = async (): Promise<void> => {
    pair = makePair(SHOP);
    await pair.sync();
    pair.edit("a", "DELETE FROM parent WHERE id = 'p'");
    pair.edit(
      "b",
      "INSERT INTO child VALUES ('c', 'p', 'new'); INSERT INTO grandchild VALUES ('g', 'c', 'new')",
    );
  };
  const ids = (side: "a" | "b"): unknown[] =>
    pair
      .rows(
        side,
        "SELECT id FROM parent UNION ALL SELECT id FROM child UNION ALL SELECT id FROM grandchild ORDER BY 1",
      )
      .map((row) => (row as { id: string }).id);

  it("an edit beats a deletion: the parent comes back, and the children are copied", async () => {
    await start();
    const { outcomes } = await pair.sync({ policy: EDIT_WINS });
    expect(ids("a")).toEqual(["c", "g", "p", "q"]);
    expect(ids("b")).toEqual(["c", "g", "p", "q"]);
    expect(outcomes).toMatchObject([
      { table: "parent", key: { id: "p" }, kind: "foreign-key", winner: "b" },
    ]);
    await expectSettled(EDIT_WINS);
  });

  it("side a preferred: the children go too, and are in the ledger", async () => {
    await start();
    await pair.sync({ policy: PREFER_A });
    expect(ids("a")).toEqual(["q"]);
    expect(ids("b")).toEqual(["q"]);
    expect(lostValues(pair, "child", "id")).toMatchObject([{ value: "c", status: "final" }]);
    expect(lostValues(pair, "grandchild", "id")).toMatchObject([{ value: "g", status: "final" }]);
    await expectSettled(PREFER_A);
  });

  it("left to a person: the three wait, everything else goes on", async () => {
    await start();
    pair.edit("b", "INSERT INTO child VALUES ('d', 'q', 'fine')");
    await pair.sync();
    expect(ids("a")).toEqual(["d", "q"]);
    expect(ids("b")).toEqual(["c", "d", "g", "p", "q"]);
    expect(inboxOf(pair).length).toBe(3);
    await expectSettled(policyOf(() => undefined));
  });

  it("the policy sees the deletion and the child that would lose its parent", async () => {
    await start();
    const seen: Conflict[] = [];
    await pair.sync({ policy: policyOf((conflict) => void seen.push(conflict)) });
    expect(seen[0]).toMatchObject({
      table: "parent",
      key: { id: "p" },
      kind: "foreign-key",
      base: { id: "p", name: "kept" },
      a: null,
      b: { id: "p", name: "kept" },
      constraint: {
        side: "b",
        rival: { table: "child", key: { id: "c" }, a: null, b: { name: "new" } },
      },
    });
    expect(seen[1]).toMatchObject({
      table: "child",
      constraint: { side: "a", rival: { table: "parent", key: { id: "p" }, a: null } },
    });
  });
});

describe("both sides insert different keys with the same unique value", () => {
  const start = async (): Promise<void> => {
    pair = makePair(
      "CREATE TABLE user (id INTEGER PRIMARY KEY, mail TEXT UNIQUE, n INT); INSERT INTO user VALUES (1, 'x', 0)",
    );
    await pair.sync();
    pair.edit("a", "INSERT INTO user VALUES (10, 'ada', 1)");
    pair.edit("b", "INSERT INTO user VALUES (20, 'ada', 2)");
  };

  it.each([
    ["a", PREFER_A, 10n, 20n],
    ["b", PREFER_B, 20n, 10n],
  ] as const)(
    "side %s preferred: its row stays, the other one is in the ledger",
    async (_side, policy, kept, lost) => {
      await start();
      const { report, outcomes } = await pair.sync({ policy });
      for (const side of ["a", "b"] as const)
        expect(pair.rows(side, "SELECT id FROM user WHERE mail = 'ada'")).toEqual([{ id: kept }]);
      // Whoever insists on a row leaves it as it was planned: a copy, not a decision.
      expect(report.tables[0]).toMatchObject({ copied: 1, conflicts: { resolved: 1, parked: 0 } });
      expect(outcomes).toMatchObject([{ key: { id: lost } }]);
      expect(lostValues(pair, "user", "id")).toMatchObject([{ value: Number(lost) }]);
      await expectSettled(policy);
    },
  );

  it("a policy gives one of them another value: both are kept", async () => {
    await start();
    const rename = policyOf(({ a, constraint }): Decision =>
      a === null && constraint?.rival?.a?.["mail"] === "ada"
        ? { type: "write", row: { id: 20n, mail: "ada-2" } }
        : { type: "take", side: "a" },
    );
    await pair.sync({ policy: rename });
    for (const side of ["a", "b"] as const)
      expect(pair.rows(side, "SELECT * FROM user WHERE id > 1 ORDER BY id")).toEqual([
        { id: 10n, mail: "ada", n: 1n },
        { id: 20n, mail: "ada-2", n: 2n },
      ]);
    await expectSettled(rename);
  });

  it("an answer that collides again is parked, with both rows as they are", async () => {
    await start();
    const stubborn = policyOf(() => ({ type: "write", row: { id: 20n, mail: "x", n: 5n } }));
    await pair.sync({ policy: stubborn });
    expect(inboxOf(pair).length).toBe(2);
    expect(pair.rows("b", "SELECT id, mail FROM user WHERE id > 1")).toEqual([
      { id: 20n, mail: "ada" },
    ]);
    expectSound();
  });

  it("is asked about again only when a row, the rival or the policy changed", async () => {
    await start();
    let asked = 0;
    const policy = (version: string): Policy => ({
      name: "counting",
      version,
      decide: () => {
        asked += 1;
        return { type: "park", reason: "later" };
      },
    });
    await pair.sync({ policy: policy("1") });
    expect(asked).toBe(2);
    await pair.sync({ policy: policy("1") });
    expect(asked).toBe(2);
    pair.edit("b", "UPDATE user SET n = 3 WHERE id = 20");
    await pair.sync({ policy: policy("1") });
    expect(asked).toBe(4);
    await pair.sync({ policy: policy("1") });
    expect(asked).toBe(4);
    await pair.sync({ policy: policy("2") });
    expect(asked).toBe(6);
    await pair.sync({ policy: policy("2") });
    expect(asked).toBe(6);
    pair.edit("b", "UPDATE user SET n = '3x' WHERE id = 20");
    await pair.sync({ policy: policy("2") });
    expect(asked).toBe(8);
    pair.edit("b", "UPDATE user SET n = CAST('3x' AS BLOB) WHERE id = 20");
    await pair.sync({ policy: policy("2") });
    expect(asked).toBe(10);
    pair.edit("b", "DELETE FROM user WHERE id = 20");
    await pair.sync({ policy: policy("2") });
    expect(asked).toBe(10);
    expect(inboxOf(pair)).toEqual([]);
    expect(pair.rows("b", "SELECT id FROM user WHERE mail = 'ada'")).toEqual([{ id: 10n }]);
  });
});

describe("a merge that a CHECK refuses", () => {
  it("goes to the policy with both rows", async () => {
    pair = makePair(
      "CREATE TABLE span (id INTEGER PRIMARY KEY, low INT, high INT, CHECK (low <= high)); INSERT INTO span VALUES (1, 2, 4)",
    );
    await pair.sync();
    pair.edit("a", "UPDATE span SET low = 4");
    pair.edit("b", "UPDATE span SET high = 3");
    const seen: Conflict[] = [];
    const policy = policyOf((conflict) => {
      seen.push(conflict);
      return { type: "take", side: "b" };
    });
    await pair.sync({ policy });
    expect(seen).toMatchObject([
      { kind: "check", disputed: ["low", "high"], a: { low: 4n }, b: { high: 3n } },
    ]);
    for (const side of ["a", "b"] as const)
      expect(pair.rows(side, "SELECT low, high FROM span")).toEqual([{ low: 2n, high: 3n }]);
    expect(lostValues(pair, "span", "low")).toMatchObject([{ value: 4 }]);
    await expectSettled(policy);
  });

  it("is parked where the policy insists on what is refused", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT CHECK (n < 10)); INSERT INTO t VALUES (1, 2)",
    );
    await pair.sync();
    pair.edit("a", "PRAGMA ignore_check_constraints = ON; UPDATE t SET n = 20");
    await pair.sync({ policy: PREFER_A });
    expect(inboxOf(pair).length).toBe(1);
    expect(pair.rows("b", "SELECT n FROM t")).toEqual([{ n: 2n }]);
  });
});

describe("children of a row whose generated key both sides gave out", () => {
  it("wait with it: whose they are could not be told on the other side", async () => {
    pair = makePair(`CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INT REFERENCES customer, what TEXT)`);
    await pair.sync();
    pair.edit("a", "INSERT INTO customer VALUES (1, 'Ada'), (2, 'Cy')");
    pair.edit(
      "b",
      "INSERT INTO customer VALUES (1, 'Bob'); INSERT INTO orders VALUES (7, 1, 'bread')",
    );
    const { outcomes } = await pair.sync();
    expect(pair.rows("a", "SELECT * FROM orders")).toEqual([]);
    expect(pair.rows("b", "SELECT id FROM customer ORDER BY id")).toEqual([{ id: 1n }, { id: 2n }]);
    expect(outcomes.map(({ table, kind }) => `${table} ${kind}`)).toEqual([
      "customer insert/insert",
      "orders foreign-key",
    ]);
    await expectSettled(policyOf(() => undefined));
  });
});
