import { afterEach, describe, expect, it } from "vitest";
import { inboxOf, lostValues } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const USERS = `CREATE TABLE person (id INTEGER PRIMARY KEY, mail TEXT, active INT DEFAULT 1, team INT, seat INT,
    UNIQUE (team, seat));
  CREATE UNIQUE INDEX by_mail ON person (lower(mail)); CREATE UNIQUE INDEX one_active ON person (team) WHERE active = 2;
  INSERT INTO person VALUES (1, 'ada@x', 1, 1, 1), (2, 'bob@x', 1, 1, 2), (3, 'cy@x', 1, 2, 1), (4, 'dee@x', 1, 2, 2)`;

const isSound = (side: "a" | "b"): unknown[] => [
  pair.rows(side, "PRAGMA foreign_key_check"),
  pair.rows(side, "PRAGMA integrity_check(5)"),
];

function expectSound(): void {
  for (const side of ["a", "b"] as const)
    expect(isSound(side)).toEqual([[], [{ integrity_check: "ok" }]]);
}

/** What each conflict is about, in any order. */
async function conflictsOf(options: Parameters<TestPair["sync"]>[0] = {}): Promise<unknown[]> {
  const { outcomes } = await pair.sync(options);
  return outcomes
    .filter(({ outcome }) => outcome === "parked")
    .map(({ table, key, kind }) => `${table} ${Object.values(key).map(String).join(",")} ${kind}`)
    .toSorted();
}

describe("unique values that would stand twice", () => {
  const collisions = {
    "over columns": [
      "INSERT INTO person VALUES (10, 'n@x', 1, 3, 1)",
      "INSERT INTO person VALUES (20, 'm@x', 1, 3, 1)",
    ],
    "over an expression": [
      "INSERT INTO person VALUES (10, 'New@x', 1, 3, 1)",
      "INSERT INTO person VALUES (20, 'nEW@x', 1, 4, 1)",
    ],
    "over a part of the rows": [
      "INSERT INTO person VALUES (10, 'n@x', 2, 3, 1)",
      "INSERT INTO person VALUES (20, 'm@x', 2, 3, 2)",
    ],
  } as const;

  it.each(Object.entries(collisions))(
    "%s park both rows, the rest goes on",
    async (_, [ours, theirs]) => {
      pair = makePair(USERS);
      await pair.sync();
      pair.edit("a", `${ours}; UPDATE person SET mail = 'ada@y' WHERE id = 1`);
      pair.edit("b", theirs);
      expect(await conflictsOf()).toEqual(["person 10 unique", "person 20 unique"]);
      expect(pair.rows("b", "SELECT mail FROM person WHERE id = 1")).toEqual([{ mail: "ada@y" }]);
      expect(pair.rows("b", "SELECT id FROM person WHERE id IN (10, 20)")).toEqual([{ id: 20n }]);
      expectSound();
      expect(inboxOf(pair).map(({ reason }) => reason)).toEqual([
        expect.stringContaining("UNIQUE ("),
        expect.stringContaining("UNIQUE ("),
      ]);
      // One of them gives way: both rows reach the other side, and the inbox empties by itself.
      pair.edit("b", "UPDATE person SET mail = 'free@x', team = 9, active = 1 WHERE id = 20");
      expect(await conflictsOf()).toEqual([]);
      expect(pair.rows("a", "SELECT id FROM person WHERE id IN (10, 20)")).toEqual([
        { id: 10n },
        { id: 20n },
      ]);
      expect(inboxOf(pair)).toEqual([]);
    },
  );

  it("outside a partial index do not collide", async () => {
    pair = makePair(USERS);
    await pair.sync();
    pair.edit("a", "INSERT INTO person VALUES (10, 'n@x', 1, 3, 1)");
    pair.edit("b", "INSERT INTO person VALUES (20, 'm@x', 2, 3, 2)");
    expect(await conflictsOf()).toEqual([]);
  });

  it("by an update against an insert park both", async () => {
    pair = makePair(USERS);
    await pair.sync();
    pair.edit(
      "a",
      "UPDATE person SET mail = 'same@x' WHERE id = 1; DELETE FROM person WHERE id = 2",
    );
    pair.edit("b", "INSERT INTO person VALUES (20, 'same@x', 1, 3, 1)");
    expect(await conflictsOf()).toEqual(["person 1 unique", "person 20 unique"]);
    expect(pair.rows("b", "SELECT id, mail FROM person WHERE id < 3")).toEqual([
      { id: 1n, mail: "ada@x" },
    ]);
    expectSound();
  });

  it("because a column merge brings them together park the merged row", async () => {
    pair = makePair(`${USERS}; INSERT INTO person VALUES (5, 'eve@x', 1, 5, 5)`);
    await pair.sync();
    pair.edit("a", "UPDATE person SET team = 2 WHERE id = 5");
    pair.edit("b", "UPDATE person SET seat = 2 WHERE id = 5");
    // Merged it would be (2, 2), which is 4's.
    expect(await conflictsOf()).toEqual(["person 5 unique"]);
    expectSound();
  });

  it("because of a policy's decision park the row, and nothing is noted as lost", async () => {
    pair = makePair(USERS);
    await pair.sync();
    pair.edit("a", "UPDATE person SET mail = 'A@x' WHERE id = 1");
    pair.edit("b", "UPDATE person SET mail = 'B@x' WHERE id = 1");
    const policy = policyOf(() => ({ type: "write", row: { mail: "bob@x" } }));
    expect(await conflictsOf({ policy })).toEqual(["person 1 unique"]);
    expectSound();
    expect(lostValues(pair, "person", "mail")).toEqual([]);
    // The value in the way goes: the same policy's decision is carried out.
    pair.edit("a", "UPDATE person SET mail = 'other@x' WHERE id = 2");
    expect(await conflictsOf({ policy })).toEqual([]);
    expect(pair.rows("b", "SELECT mail FROM person WHERE id < 3")).toEqual([
      { mail: "bob@x" },
      { mail: "other@x" },
    ]);
  });

  it("that rotate among three rows, and into new and out of deleted ones, do not collide", async () => {
    pair = makePair(USERS);
    await pair.sync();
    pair.edit(
      "a",
      `UPDATE person SET mail = '1' WHERE id = 1; UPDATE person SET mail = 'ada@x' WHERE id = 2; UPDATE person SET mail = 'bob@x' WHERE id = 3;
       UPDATE person SET mail = 'cy@x' WHERE id = 1; DELETE FROM person WHERE id = 4; INSERT INTO person VALUES (5, 'dee@x', 1, 2, 2)`,
    );
    expect(await conflictsOf()).toEqual([]);
    expect(pair.rows("b", "SELECT * FROM person ORDER BY 1")).toEqual(
      pair.rows("a", "SELECT * FROM person ORDER BY 1"),
    );
  });
});

const CHECKED = `CREATE TABLE span (id INTEGER PRIMARY KEY, lo INT, hi INT, CHECK (lo <= hi));
  CREATE TABLE job (id INTEGER PRIMARY KEY, x INT, y INT, z INT NOT NULL GENERATED ALWAYS AS (CASE WHEN x AND y THEN NULL ELSE 1 END) STORED);
  CREATE TABLE typed (id INTEGER PRIMARY KEY, x INT, y INT) STRICT;
  INSERT INTO span VALUES (1, 1, 9), (2, 1, 9); INSERT INTO job (id, x, y) VALUES (1, 0, 0); INSERT INTO typed VALUES (1, 1, 1)`;

describe("a row that would break", () => {
  it("a CHECK by a column merge is parked, the rest goes on", async () => {
    pair = makePair(CHECKED);
    await pair.sync();
    pair.edit("a", "UPDATE span SET lo = 8 WHERE id = 1; UPDATE span SET lo = 2 WHERE id = 2");
    pair.edit("b", "UPDATE span SET hi = 3 WHERE id = 1; UPDATE span SET hi = 8 WHERE id = 2");
    expect(await conflictsOf()).toEqual(["span 1 check"]);
    expect(pair.rows("a", "SELECT lo, hi FROM span")).toEqual([
      { lo: 8n, hi: 9n },
      { lo: 2n, hi: 8n },
    ]);
    expect(pair.rows("b", "SELECT lo, hi FROM span")).toEqual([
      { lo: 1n, hi: 3n },
      { lo: 2n, hi: 8n },
    ]);
  });

  it("NOT NULL by a column merge is parked", async () => {
    pair = makePair(CHECKED);
    await pair.sync();
    pair.edit("a", "UPDATE job SET x = 1; UPDATE span SET hi = 10");
    pair.edit("b", "UPDATE job SET y = 1");
    expect(await conflictsOf()).toEqual(["job 1 not-null"]);
    expect(pair.rows("b", "SELECT hi FROM span")).toEqual([{ hi: 10n }, { hi: 10n }]);
  });

  it("a STRICT column's type by a policy's value is parked", async () => {
    pair = makePair(CHECKED);
    await pair.sync();
    pair.edit("a", "UPDATE typed SET x = 2");
    pair.edit("b", "UPDATE typed SET x = 3");
    const policy = policyOf(() => ({ type: "write", row: { x: "no number" } }));
    expect(await conflictsOf({ policy })).toEqual(["typed 1 type"]);
    expect(pair.rows("a", "SELECT x FROM typed")).toEqual([{ x: 2n }]);
  });

  it("a CHECK that the target has held back is refused row by row", async () => {
    pair = makePair(CHECKED);
    await pair.sync();
    pair.edit(
      "a",
      "PRAGMA ignore_check_constraints = ON; INSERT INTO span VALUES (5, 9, 1), (6, 1, 2); UPDATE span SET hi = 0 WHERE id = 1",
    );
    expect(await conflictsOf()).toEqual(["span 1 check", "span 5 check"]);
    expect(pair.rows("b", "SELECT id, hi FROM span ORDER BY 1")).toEqual([
      { id: 1n, hi: 9n },
      { id: 2n, hi: 9n },
      { id: 6n, hi: 2n },
    ]);
  });
});

it("a unique collision that shows only in a generated column is parked", async () => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, low TEXT AS (lower(v)) STORED UNIQUE); INSERT INTO t (id, v) VALUES (1, 'x')",
  );
  await pair.sync();
  pair.edit("a", "INSERT INTO t (id, v) VALUES (10, 'New'), (11, 'fine')");
  pair.edit("b", "INSERT INTO t (id, v) VALUES (20, 'NEW')");
  expect(await conflictsOf()).toEqual(["t 10 unique", "t 20 unique"]);
  expect(pair.rows("b", "SELECT v FROM t ORDER BY id")).toEqual([
    { v: "x" },
    { v: "fine" },
    { v: "NEW" },
  ]);
  expectSound();
});
