import { afterEach, expect, it } from "vitest";
import Database from "better-sqlite3";
import { locateState } from "../src/state/location.ts";
import { facilitiesHere } from "./page-facilities.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair, TestSyncOptions } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

async function syncByPages(options: TestSyncOptions = {}): ReturnType<TestPair["sync"]> {
  return pair.sync({ scan: "pages", ...options }, facilitiesHere());
}

it("a run that cannot note its pages in the end is done all the same, and the next compares every row", async () => {
  pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", "delete");
  await syncByPages();
  pair.edit("a", "INSERT INTO t VALUES (1, 'x')");
  const other = pair.open("b");
  const { report } = await syncByPages({
    busyTimeoutMs: 50,
    onStep: (step) => {
      // Somebody is quick: everything is written and remembered, only the pages are not.
      if (step === "remembered") other.exec("BEGIN EXCLUSIVE");
    },
  });
  expect(report.tables).toMatchObject([{ copied: 1, toB: { inserted: 1 } }]);
  other.exec("ROLLBACK");
  pair.edit("b", "UPDATE t SET v = 'y'");
  const next = await syncByPages();
  expect(next.report).toMatchObject({ scan: { method: "full" }, tables: [{ copied: 1 }] });
  expect(pair.rows("a", "SELECT v FROM t")).toEqual([{ v: "y" }]);
});

it.each(["committed", "remembering", "remembered"] as const)(
  "what somebody writes after a run was %s and before its pages are noted is found by the next",
  async (when) => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    await syncByPages();
    pair.edit("a", "INSERT INTO t VALUES (2, 'y')");
    let isEdited = false;
    await syncByPages({
      onStep: (step) => {
        if (step !== when || isEdited) return;
        isEdited = true;
        for (const side of ["a", "b"] as const)
          pair.edit(side, `UPDATE t SET v = '${side}' WHERE id = ${side === "a" ? 1 : 2}`);
      },
    });
    expect(isEdited).toBe(true);
    const { report } = await syncByPages();
    expect(report.tables).toMatchObject([{ copied: 2 }]);
    for (const side of ["a", "b"] as const)
      expect(pair.rows(side, "SELECT v FROM t ORDER BY id")).toEqual([{ v: "a" }, { v: "b" }]);
  },
);

it.each([
  { when: "committed", side: "a" },
  { when: "committed", side: "b" },
  { when: "remembered", side: "a" },
  { when: "remembered", side: "b" },
] as const)(
  "what somebody writes to side $side alone after a run was $when is on no page that the run notes",
  async ({ when, side }) => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
    // Its pages are not known yet: the next run looks at both sides' once it is done.
    await pair.sync();
    pair.edit("a", "INSERT INTO t VALUES (2, 'y')");
    let isEdited = false;
    await syncByPages({
      onStep: (step) => {
        if (step !== when || isEdited) return;
        isEdited = true;
        pair.edit(side, "UPDATE t SET v = 'late' WHERE id = 1");
      },
    });
    expect(isEdited).toBe(true);
    // Nothing else changes: no other page leads to the row.
    const { report } = await syncByPages();
    expect(report.tables).toMatchObject([{ copied: 1 }]);
    for (const one of ["a", "b"] as const)
      expect(pair.rows(one, "SELECT v FROM t WHERE id = 1")).toEqual([{ v: "late" }]);
  },
);

it.each([
  "DELETE FROM sync_signature_part",
  "UPDATE sync_signature_part SET bytes = bytes || x'00'",
])("a signature whose parts are not all there says nothing (%s)", async (damage) => {
  pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')");
  await syncByPages();
  pair.edit("a", "INSERT INTO t VALUES (2, 'y')");
  await syncByPages();
  const state = new Database(locateState(pair.stateDir, pair.a, pair.b).stateFile);
  expect(state.prepare(`${damage} WHERE side = 'b'`).run().changes).toBe(1);
  state.close();
  pair.edit("b", "UPDATE t SET v = 'z' WHERE id = 1; DELETE FROM t WHERE id = 2");
  const { report } = await syncByPages();
  expect(report.scan.method).toBe("pages");
  expect(pair.rows("a", "SELECT v FROM t")).toEqual([{ v: "z" }]);
});

// Where texts are UTF-16, no tree tells in which range of keys rows are gone: then they are counted.
it.each(["UTF-8", "UTF-16le"])(
  "a deletion is found beside pages with rows that have NULL in their key, which nobody counts (%s)",
  async (encoding) => {
    const rows = (key: string): string =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
       INSERT INTO t SELECT ${key}, printf('%.*c', 500, 'x') FROM n;`;
    pair = makePair(`PRAGMA encoding = '${encoding}'; CREATE TABLE t (k TEXT PRIMARY KEY, v);
      ${rows("NULL")} ${rows("'k' || i")}`);
    await syncByPages();
    pair.edit("a", "UPDATE t SET v = 'y' WHERE k = 'k1'");
    await syncByPages();
    pair.edit("a", "DELETE FROM t WHERE k = 'k30'");
    await syncByPages();
    expect(pair.rows("b", "SELECT k FROM t WHERE k = 'k30'")).toEqual([]);
  },
);
