import { afterEach, describe, expect, it } from "vitest";
import { DatabaseSynchronizationEngine } from "../src/engine/engine.ts";
import { dumpRows, fileHashes } from "./databases.ts";
import { inboxOf, lostValues, queryState } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair, TestSyncOptions } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const SHOP = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price);
  CREATE TABLE tag (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
  CREATE TABLE line (item INTEGER REFERENCES item, n INTEGER, PRIMARY KEY (item, n));
  CREATE TABLE log (text);
  INSERT INTO item VALUES (1, 'pen', 1.5), (2, 'ink', 2), (3, 'cap', 3), (4, 'box', 4);
  INSERT INTO tag VALUES ('x', 1), ('y', 2); INSERT INTO line VALUES (1, 1), (2, 1);
  INSERT INTO log VALUES ('one'), ('one'), ('two')`;
const MIRROR: TestSyncOptions = { direction: "mirror", confirmed: true, maxDeletePercent: 100 };

/** Every kind of change on both sides. */
function editBoth(): void {
  pair.edit(
    "a",
    `UPDATE item SET price = 9 WHERE id = 1; DELETE FROM item WHERE id = 4; INSERT INTO item VALUES (5, 'new', 5);
     UPDATE tag SET v = 'a' WHERE k = 'x'; INSERT INTO log VALUES ('a')`,
  );
  pair.edit(
    "b",
    `UPDATE item SET price = 8 WHERE id IN (1, 2); DELETE FROM item WHERE id = 3; INSERT INTO item VALUES (6, 'own', 6), (7, 'new2', 7);
     DELETE FROM tag WHERE k = 'y'; INSERT INTO line VALUES (6, 1); INSERT INTO log VALUES ('b'); DELETE FROM log WHERE text = 'one'`,
  );
}

describe.each([true, false])("with a base: %s", (hasBase) => {
  async function prepare(): Promise<void> {
    pair = makePair(SHOP);
    if (hasBase) await pair.sync();
    editBoth();
  }

  it("the target becomes the source, exactly, and a second run does nothing", async () => {
    await prepare();
    const source = fileHashes(pair.a);
    const { report } = await pair.sync(MIRROR);
    expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
    expect(fileHashes(pair.a)).toEqual(source);
    expect(report.direction).toBe("mirror");
    expect(report.tables.every(({ held, conflicts }) => held + conflicts.parked === 0)).toBe(true);
    const hashes = fileHashes(pair.a, pair.b);
    const { report: again, outcomes } = await pair.sync({ direction: "mirror" });
    expect(again.tables.every(({ copied, conflicts }) => copied + conflicts.resolved === 0)).toBe(
      true,
    );
    expect(outcomes).toEqual([]);
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });

  it("stops before anything is written where nobody agreed, and says what would go", async () => {
    await prepare();
    const hashes = fileHashes(pair.a, pair.b);
    await expect(pair.sync({ ...MIRROR, confirmed: false })).rejects.toMatchObject({
      code: "SYNC_MIRROR",
      details: {
        overwritten: 3,
        deleted: 5,
        tables: expect.arrayContaining([{ table: "item", overwritten: 2, deleted: 3 }]) as unknown,
      },
    });
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
    expect(queryState(pair, "SELECT * FROM sync_ledger WHERE status = 'final'")).toEqual([]);
    const { report } = await pair.sync({ ...MIRROR, confirmed: false, dryRun: true });
    expect(report.tables.find(({ table }) => table === "item")?.toB).toEqual({
      inserted: 2,
      updated: 2,
      deleted: 3,
    });
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });

  it("every overwritten or deleted value of the target is in the ledger, and undo gives back what has a key", async () => {
    await prepare();
    const before = dumpRows(pair.b);
    const { report } = await pair.sync(MIRROR);
    expect(lostValues(pair, "item", "price")).toEqual(
      expect.arrayContaining([
        { lost: "b", status: "final", value: 8 },
        { lost: "b", status: "final", value: 6 },
        { lost: "b", status: "final", value: 7 },
        { lost: "b", status: "final", value: 4 },
      ]),
    );
    expect(lostValues(pair, "log", "text")).toEqual([{ lost: "b", status: "final", value: "b" }]);
    const engine = new DatabaseSynchronizationEngine({ stateDir: pair.stateDir, worker: false });
    const undone = await engine.undo({ a: pair.a, b: pair.b }, { run: report.runId });
    await engine.close();
    expect(undone.entries.filter(({ outcome }) => outcome === "given-back").length).toBeGreaterThan(
      5,
    );
    // What the source added stays; all else is again as the target had it, on both sides.
    const after = dumpRows(pair.b);
    for (const table of ["tag", "line", "item"])
      expect(after[table]).toEqual(expect.arrayContaining(before[table] ?? []));
    expect(dumpRows(pair.a)).toEqual(after);
  });
});

it("only adding needs no leave", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("a", "INSERT INTO item VALUES (5, 'new', 5); INSERT INTO log VALUES ('more')");
  await pair.sync({ direction: "mirror" });
  expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
});

it("rows of the target that are in the way of unique values go with the rest", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit(
    "a",
    "UPDATE item SET name = 'swap' WHERE id = 1; UPDATE item SET name = 'pen' WHERE id = 2; UPDATE item SET name = 'ink' WHERE id = 1",
  );
  pair.edit("b", "INSERT INTO item VALUES (9, 'swap', 0); UPDATE item SET name = 'b' WHERE id = 3");
  const { report } = await pair.sync(MIRROR);
  expect(report.conflicts.parked).toBe(0);
  expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
});

it("the guard against deletions holds on top", async () => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY); WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO t SELECT i FROM n",
  );
  pair.edit("a", "DELETE FROM t WHERE id > 5");
  const hashes = fileHashes(pair.a, pair.b);
  await expect(
    pair.sync({ direction: "mirror", confirmed: true, maxDeletePercent: 50 }),
  ).rejects.toMatchObject({ code: "SYNC_MAX_DELETE" });
  expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
});

it("closes what waited for a decision, and asks nobody", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  editBoth();
  await pair.sync();
  expect(inboxOf(pair).length).toBeGreaterThan(0);
  const policy = policyOf(() => {
    throw new Error("nobody is to be asked");
  });
  const { report } = await pair.sync({ ...MIRROR, policy });
  expect(report.conflicts.parked).toBe(0);
  expect(inboxOf(pair)).toEqual([]);
});

it("goes from the side that is named first", async () => {
  pair = makePair(SHOP);
  editBoth();
  const source = dumpRows(pair.b);
  await pair.sync({ ...MIRROR, pair: { a: pair.b, b: pair.a } });
  expect(dumpRows(pair.a)).toEqual(source);
  expect(dumpRows(pair.b)).toEqual(source);
});

it("rows go to where the source has them, where the rowid is no key", async () => {
  pair = makePair(
    "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('x', 1), ('y', 2), ('z', 3)",
  );
  await pair.sync();
  pair.edit("b", "DELETE FROM t WHERE k = 'y'; UPDATE t SET v = 'b' WHERE k = 'z'");
  await pair.sync(MIRROR);
  const rows = "SELECT rowid, k, v FROM t ORDER BY 1";
  expect(pair.rows("b", rows)).toEqual(pair.rows("a", rows));
});

it("a row that changes underfoot is overwritten only after it was looked at, and is in the ledger", async () => {
  pair = makePair(SHOP);
  await pair.sync();
  pair.edit("b", "UPDATE item SET price = 'first' WHERE id = 1");
  let isDone = false;
  await pair.sync({
    ...MIRROR,
    onStep: (step) => {
      if (step !== "planned" || isDone) return;
      isDone = true;
      pair.edit(
        "b",
        "UPDATE item SET price = 'second' WHERE id = 1; INSERT INTO item VALUES (8, 'late', 'third')",
      );
    },
  });
  expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
  expect(lostValues(pair, "item", "price").map((row) => (row as { value: unknown }).value)).toEqual(
    expect.arrayContaining(["second", "third"]),
  );
});
