import { copyFileSync, existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { Policy, Row } from "@sync/model";
import { integrityOf } from "@sync/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { STEPS } from "../src/engine/steps.ts";
import { runKilled } from "./crash-run.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

/** Every table kind, a trigger that must not act, a unique swap, and a counter that both sides change. */
const SCHEMA = `
  CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT UNIQUE, stock INTEGER);
  CREATE TABLE line (o INTEGER, n INTEGER, item TEXT, PRIMARY KEY (o, n)) WITHOUT ROWID;
  CREATE TABLE tag (k TEXT COLLATE NOCASE PRIMARY KEY, v);
  CREATE TABLE note (text);
  CREATE TABLE audit (id INTEGER PRIMARY KEY, what TEXT);
  CREATE TRIGGER log AFTER UPDATE ON product BEGIN INSERT INTO audit (what) VALUES (new.name); END;
  INSERT INTO product VALUES (1, 'pen', 10), (2, 'ink', 20), (3, 'cap', 30), (4, 'box', 40);
  INSERT INTO line VALUES (1, 1, 'pen'), (1, 2, 'ink'); INSERT INTO tag VALUES ('A', 1), ('b', 2); INSERT INTO note VALUES ('x'), ('x');`;
const EDITS_A = `UPDATE product SET stock = 7 WHERE id = 1; UPDATE product SET name = 't' WHERE id = 2; UPDATE product SET name = 'ink' WHERE id = 3;
  UPDATE product SET name = 'cap' WHERE id = 2; INSERT INTO product VALUES (9, 'new', 1); DELETE FROM line WHERE n = 2; UPDATE tag SET k = 'a' WHERE k = 'A'`;
const EDITS_B = `UPDATE product SET stock = 12 WHERE id = 1; DELETE FROM product WHERE id = 4; INSERT INTO line VALUES (2, 1, 'b'); INSERT INTO note VALUES ('y'), ('x')`;
const QUERIES = [
  "SELECT * FROM product ORDER BY 1",
  "SELECT * FROM line ORDER BY 1, 2",
  "SELECT * FROM tag ORDER BY 1",
  "SELECT text FROM note ORDER BY 1",
  "SELECT what FROM audit ORDER BY 1",
];

let pair: TestPair;
// Each case starts a process, and more to sync files.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const stockOf = (row: Row): bigint => row["stock"] as bigint;

/** As in the process that is killed: a counter's changes of both sides added up, or b's row. */
const POLICIES: Readonly<Record<"prefer-b" | "sum", Policy>> = {
  "prefer-b": { ...policyOf(() => ({ type: "take", side: "b" })), name: "prefer-b" },
  sum: {
    ...policyOf(({ base, a, b }) =>
      base === null || a === null || b === null
        ? { type: "park" }
        : { type: "write", row: { stock: stockOf(a) + stockOf(b) - stockOf(base) } },
    ),
    name: "sum",
  },
};
type PolicyName = keyof typeof POLICIES;

async function run(policy: PolicyName): Promise<void> {
  await pair.sync({ policy: POLICIES[policy], maxDeletePercent: 100 });
}

function content(side: "a" | "b"): unknown[] {
  return QUERIES.map((query) => pair.rows(side, query));
}

async function prepare(mode: string): Promise<void> {
  pair = makePair(SCHEMA, mode);
  await run("prefer-b");
  pair.edit("a", EDITS_A);
  pair.edit("b", EDITS_B);
}

/** What an uninterrupted run of the same edits gives. */
async function uninterrupted(mode: string, policy: PolicyName): Promise<unknown[]> {
  const known = results.get(policy);
  if (known !== undefined) return known;
  await prepare(mode);
  await run(policy);
  const result = content("a");
  expect(content("b")).toEqual(result);
  pair.remove();
  results.set(policy, result);
  return result;
}

const results = new Map<PolicyName, unknown[]>();

function expectSound(): void {
  for (const side of ["a", "b"] as const)
    expect(integrityOf(pair[side])).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
}

describe.each(["wal", "delete"])("killed at a step in %s mode, then run again", (mode) => {
  describe.each(["prefer-b", "sum"] as const)("with the policy %s", (policy) => {
    it.each([...STEPS])("after %s the pair ends as without the crash", async (step) => {
      const expected = await uninterrupted(mode, policy);
      await prepare(mode);
      runKilled(pair, { policy, killAt: step });
      await run(policy);
      expect(content("a")).toEqual(expected);
      expect(content("b")).toEqual(expected);
      expectSound();
    });

    it.each([...STEPS])(
      "after %s a user's edit of other rows in between is carried over too",
      async (step) => {
        await prepare(mode);
        runKilled(pair, { policy, killAt: step });
        pair.edit(
          "a",
          "UPDATE line SET item = 'between' WHERE o = 1 AND n = 1; INSERT INTO note VALUES ('between')",
        );
        pair.edit("b", "INSERT INTO product VALUES (20, 'between', 5)");
        await run(policy);
        expect(content("a")).toEqual(content("b"));
        expect(pair.rows("b", "SELECT item FROM line WHERE o = 1 AND n = 1")).toEqual([
          { item: "between" },
        ]);
        expect(pair.rows("b", "SELECT count(*) AS n FROM note WHERE text = 'between'")).toEqual([
          { n: 1n },
        ]);
        expect(pair.rows("a", "SELECT name FROM product WHERE id = 20")).toEqual([
          { name: "between" },
        ]);
        expect(pair.rows("a", "SELECT stock FROM product WHERE id = 1")).toEqual([
          { stock: policy === "sum" ? 9n : 12n },
        ]);
        expectSound();
      },
    );
  });

  it.each([...STEPS])(
    "after %s an edit of the summed row itself is never added twice",
    async (step) => {
      await prepare(mode);
      runKilled(pair, { policy: "sum", killAt: step });
      const before = Number(
        (pair.rows("a", "SELECT stock FROM product WHERE id = 1")[0] as { stock: bigint }).stock,
      );
      pair.edit("a", "UPDATE product SET stock = stock + 100 WHERE id = 1");
      await run("sum");
      const stock = (side: "a" | "b"): number =>
        Number(
          (pair.rows(side, "SELECT stock FROM product WHERE id = 1")[0] as { stock: bigint }).stock,
        );
      // 7 and 12 from 10, and 100 more: 109 on both sides, or left as it is for a person.
      const isParked = stock("a") === before + 100 && stock("a") !== stock("b");
      expect(isParked || (stock("a") === 109 && stock("b") === 109)).toBe(true);
      expectSound();
    },
  );

  it.each(["a", "b"] as const)(
    "when only the other side's commit survived, side %s is brought forward",
    async (lost) => {
      for (const policy of ["prefer-b", "sum"] as const) {
        const expected = await uninterrupted(mode, policy);
        await prepare(mode);
        await pair.release();
        checkpoint();
        copyFileSync(pair[lost], `${pair[lost]}.before`);
        runKilled(pair, { policy, killAt: "committed" });
        putBack(lost);
        await run(policy);
        expect(content("a")).toEqual(expected);
        expect(content("b")).toEqual(expected);
        expectSound();
        if (policy === "prefer-b") pair.remove();
      }
    },
  );
});

/** As if the process had died between the two files' commits: one side is as it was. */
function putBack(side: "a" | "b"): void {
  for (const suffix of ["-wal", "-shm", "-journal"])
    if (existsSync(`${pair[side]}${suffix}`)) rmSync(`${pair[side]}${suffix}`);
  copyFileSync(`${pair[side]}.before`, pair[side]);
}

function checkpoint(): void {
  for (const side of ["a", "b"] as const) {
    const db = new Database(pair[side]);
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
  }
}
