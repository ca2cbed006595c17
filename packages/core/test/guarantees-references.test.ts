import { afterEach, describe, expect, it, vi } from "vitest";
import { inboxOf } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const FAMILY = `CREATE TABLE grandchild (id INTEGER PRIMARY KEY, child INT REFERENCES child (id) ON DELETE CASCADE);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent INT NOT NULL REFERENCES parent (code) ON DELETE CASCADE ON UPDATE CASCADE);
  CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT UNIQUE);
  CREATE TABLE node (id INTEGER PRIMARY KEY, up INT REFERENCES node (id) DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO parent VALUES (1, 'p1', 'one'), (2, 'p2', 'two'), (3, 'p3', 'three');
  INSERT INTO child VALUES (1, 'p1'), (2, 'p2'); INSERT INTO grandchild VALUES (1, 1); INSERT INTO node VALUES (1, 1), (2, 1)`;

async function conflictsOf(options: Parameters<TestPair["sync"]>[0] = {}): Promise<string[]> {
  const { outcomes } = await pair.sync(options);
  return outcomes
    .filter(({ outcome }) => outcome === "parked")
    .map(({ table, key, kind }) => `${table} ${Object.values(key).map(String).join(",")} ${kind}`)
    .toSorted();
}

function ids(side: "a" | "b", table: string): number[] {
  return pair
    .rows(side, `SELECT id FROM ${table} ORDER BY 1`)
    .map((row) => Number((row as { id: bigint }).id));
}

function expectNoDangling(): void {
  for (const side of ["a", "b"] as const)
    expect(pair.rows(side, "PRAGMA foreign_key_check")).toEqual([]);
}

/** Edits as an application that has foreign keys on. */
function edit(side: "a" | "b", sql: string): void {
  pair.edit(side, `PRAGMA foreign_keys = ON; ${sql}`);
}

describe.each(["wal", "delete"])("foreign keys in %s mode", (mode) => {
  it("a parent deleted here while a child was added there parks both; the rest goes on", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit("a", "DELETE FROM parent WHERE id = 3; DELETE FROM parent WHERE id = 2");
    edit("b", "INSERT INTO child VALUES (9, 'p3'); UPDATE parent SET name = 'uno' WHERE id = 1");
    expect(await conflictsOf()).toEqual(["child 9 foreign-key", "parent 3 foreign-key"]);
    expect([ids("a", "parent"), ids("b", "parent")]).toEqual([[1], [1, 3]]);
    expect([ids("a", "child"), ids("b", "child")]).toEqual([[1], [1, 9]]);
    expect(pair.rows("a", "SELECT name FROM parent")).toEqual([{ name: "uno" }]);
    expectNoDangling();
    // The child goes after all: the parent's deletion is carried out.
    edit("b", "DELETE FROM child WHERE id = 9");
    expect(await conflictsOf()).toEqual([]);
    expect(ids("b", "parent")).toEqual([1]);
    expect(inboxOf(pair)).toEqual([]);
  });

  it("a parent that cannot be written takes its children and their children with it", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit(
      "a",
      "INSERT INTO parent VALUES (10, 'p10', 'same'), (11, 'p11', 'fine'); INSERT INTO child VALUES (10, 'p10'), (11, 'p11'); INSERT INTO grandchild VALUES (10, 10), (11, 11)",
    );
    edit("b", "INSERT INTO parent VALUES (20, 'p20', 'same')");
    expect(await conflictsOf()).toEqual([
      "child 10 foreign-key",
      "grandchild 10 foreign-key",
      "parent 10 unique",
      "parent 20 unique",
    ]);
    expect([ids("b", "parent"), ids("b", "child"), ids("b", "grandchild")]).toEqual([
      [1, 2, 3, 11, 20],
      [1, 2, 11],
      [1, 11],
    ]);
    expectNoDangling();
    edit("b", "UPDATE parent SET name = 'other' WHERE id = 20");
    expect(await conflictsOf()).toEqual([]);
    expect(ids("b", "grandchild")).toEqual([1, 10, 11]);
    expect(ids("a", "parent")).toEqual([1, 2, 3, 10, 11, 20]);
  });

  it("cascades of the application are copied, not done again", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit("a", "DELETE FROM parent WHERE id = 1; UPDATE parent SET code = 'new' WHERE id = 2");
    edit("b", "INSERT INTO grandchild VALUES (7, NULL)");
    expect(await conflictsOf()).toEqual([]);
    expect([ids("b", "parent"), ids("b", "child"), ids("b", "grandchild")]).toEqual([
      [2, 3],
      [2],
      [7],
    ]);
    expect(pair.rows("b", "SELECT parent FROM child")).toEqual([{ parent: "new" }]);
    expectNoDangling();
  });

  it("self-references and cycles come and go in one run", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit(
      "a",
      "BEGIN; DELETE FROM node; INSERT INTO node VALUES (5, 6), (6, 7), (7, 5), (8, 8); COMMIT",
    );
    expect(await conflictsOf()).toEqual([]);
    expect(ids("b", "node")).toEqual([5, 6, 7, 8]);
    expectNoDangling();
  });

  it("a node deleted here that got a child there stays, with all that hangs on it", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit("a", "DELETE FROM node WHERE id = 2");
    edit("b", "INSERT INTO node VALUES (3, 2), (4, 3), (9, 9)");
    expect(await conflictsOf()).toEqual([
      "node 2 foreign-key",
      "node 3 foreign-key",
      "node 4 foreign-key",
    ]);
    expect([ids("a", "node"), ids("b", "node")]).toEqual([
      [1, 9],
      [1, 2, 3, 4, 9],
    ]);
    expectNoDangling();
  });

  it("a decision that would leave a child without its parent is void", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    edit("a", "DELETE FROM parent WHERE id = 2");
    edit("b", "UPDATE parent SET name = 'zwei' WHERE id = 2; INSERT INTO child VALUES (9, 'p2')");
    const rowsOnly = policyOf(({ kind }) =>
      kind === "update/delete" ? { type: "take", side: "a" } : undefined,
    );
    expect(await conflictsOf({ policy: rowsOnly })).toEqual([
      "child 9 foreign-key",
      "parent 2 foreign-key",
    ]);
    expectNoDangling();
  });

  it("a code that moves to another parent keeps its children", async () => {
    pair = makePair(FAMILY, mode);
    await pair.sync();
    pair.edit(
      "a",
      "UPDATE parent SET code = 't' WHERE id = 1; UPDATE parent SET code = 'p1' WHERE id = 3; UPDATE parent SET code = 'p3' WHERE id = 1",
    );
    expect(await conflictsOf()).toEqual([]);
    expect(pair.rows("b", "SELECT id FROM parent WHERE code = 'p1'")).toEqual([{ id: 3n }]);
    expectNoDangling();
  });
});

describe("violations that were there before", () => {
  const BROKEN = `PRAGMA foreign_keys = OFF; ${FAMILY}; INSERT INTO child VALUES (50, 'nowhere'), (51, 'nowhere'); INSERT INTO node VALUES (50, 99)`;

  it("are neither fixed nor in the way", async () => {
    pair = makePair(BROKEN);
    await pair.sync();
    pair.edit(
      "a",
      "DELETE FROM child WHERE id = 51; UPDATE parent SET name = 'uno' WHERE id = 1; INSERT INTO child VALUES (9, 'p3')",
    );
    expect(await conflictsOf()).toEqual([]);
    expect(ids("b", "child")).toEqual([1, 2, 9, 50]);
    expect(pair.rows("b", "PRAGMA foreign_key_check")).toHaveLength(2);
  });

  it("are no reason to refuse another edit of the same row", async () => {
    pair = makePair(
      "PRAGMA foreign_keys = OFF; CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id), v); INSERT INTO c VALUES (1, 7, 'x'), (2, 8, 'x')",
    );
    await pair.sync();
    pair.edit("a", "UPDATE c SET v = 'y' WHERE id = 1");
    expect(await conflictsOf()).toEqual([]);
    expect(pair.rows("b", "SELECT v FROM c")).toEqual([{ v: "y" }, { v: "x" }]);
  });

  it("of one side are not carried to the other", async () => {
    pair = makePair(FAMILY);
    await pair.sync();
    pair.edit("a", "PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (9, 'nowhere')");
    expect(await conflictsOf()).toEqual(["child 9 foreign-key"]);
    expect(ids("b", "child")).toEqual([1, 2]);
    expectNoDanglingOn("b");
  });

  it("of one side take no parent away on the other from a child that is updated in the same run", async () => {
    pair = makePair(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id), v); INSERT INTO p VALUES (7); INSERT INTO c VALUES (1, 7, 'x')",
    );
    await pair.sync();
    pair.edit("b", "PRAGMA foreign_keys = OFF; DELETE FROM p; UPDATE c SET v = 'y'");
    expect(await conflictsOf()).toEqual(["c 1 foreign-key", "p 7 foreign-key"]);
    expectNoDanglingOn("a");
  });
});

function expectNoDanglingOn(side: "a" | "b"): void {
  expect(pair.rows(side, "PRAGMA foreign_key_check")).toEqual([]);
}
