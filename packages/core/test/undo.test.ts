import { afterEach, describe, expect, it } from "vitest";
import type { Policy } from "@sync/model";
import { DatabaseSynchronizationEngine } from "../src/index.ts";
import type { LedgerEntry, UndoOptions, UndoReport } from "../src/index.ts";
import { inboxOf, queryState, traceOf } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w, u INTEGER UNIQUE);
  INSERT INTO t VALUES (1, 'old', 'o', 10), (2, 'old', 'o', 20), (3, 'old', 'o', 30)`;
const ROW1 = "SELECT v, w FROM t WHERE id = 1";

function engine(): DatabaseSynchronizationEngine {
  return new DatabaseSynchronizationEngine({
    stateDir: pair.stateDir,
    worker: false,
    // As the runs of the pair: much later, what lost would be forgotten.
    now: () => 1_700_000_000_000,
  });
}

async function lose(a: string, b: string, policy: Policy = PREFER_A): Promise<string> {
  pair = makePair(TABLE);
  await pair.sync();
  pair.edit("a", a);
  pair.edit("b", b);
  return (await pair.sync({ policy })).report.runId;
}

async function newest(): Promise<LedgerEntry> {
  const [entry] = (await engine().ledger(pair)).entries;
  if (entry === undefined) throw new Error("the ledger is empty");
  return entry;
}

async function undoNewest(options: UndoOptions = {}): Promise<UndoReport> {
  return engine().undo(pair, { entry: (await newest()).id }, options);
}

function expectBoth(sql: string, rows: readonly unknown[]): void {
  expect(pair.rows("a", sql)).toEqual(rows);
  expect(pair.rows("b", sql)).toEqual(rows);
}

const EDITS = [
  "UPDATE t SET v = 'A', w = 'wa' WHERE id = 1",
  "UPDATE t SET v = 'B' WHERE id = 1",
] as const;
const REMOVED = ["DELETE FROM t WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1"] as const;

describe("undo", () => {
  it("gives back what lost on both sides, and leaves what merged beside it", async () => {
    await lose(...EDITS);
    const report = await undoNewest();
    expect(report.entries).toMatchObject([
      { table: "t", key: { id: 1n }, side: "b", outcome: "given-back" },
    ]);
    expectBoth(ROW1, [{ v: "B", w: "wa" }]);
  });

  it("gives back all that a run lost", async () => {
    const run = await lose(
      `${EDITS[0]}; UPDATE t SET v = 'A' WHERE id = 2; DELETE FROM t WHERE id = 3`,
      `${EDITS[1]}; UPDATE t SET v = 'B' WHERE id = 2; UPDATE t SET v = 'B' WHERE id = 3`,
    );
    const report = await engine().undo(pair, { run });
    expect(report.entries.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 3 }, () => "given-back"),
    );
    expectBoth("SELECT v FROM t ORDER BY id", [{ v: "B" }, { v: "B" }, { v: "B" }]);
  });

  it("leaves nothing for the next run to do, and can be undone itself", async () => {
    await lose(...EDITS);
    const { runId } = await undoNewest();
    const { report } = await pair.sync();
    expect(report.tables[0]).toMatchObject({ copied: 0, conflicts: { resolved: 0, parked: 0 } });
    const again = await engine().undo(pair, { run: runId ?? "" });
    // Both sides held the same: one of the two entries says it.
    expect(again.entries).toMatchObject([{ outcome: "given-back" }]);
    expectBoth(ROW1, [{ v: "A", w: "wa" }]);
  });

  it.each([
    ["a row that was deleted", REMOVED, PREFER_A, [{ v: "B", w: "o" }]],
    ["a deletion", [REMOVED[1], REMOVED[0]], PREFER_A, []],
    [
      "one of two new rows of one key",
      ["INSERT INTO t VALUES (9, 'A', 'wa', 1)", "INSERT INTO t VALUES (9, 'B', 'wb', 2)"],
      PREFER_A,
      [{ v: "B", w: "wb" }],
    ],
  ] as const)("gives back %s, and takes it back", async (_, [a, b], policy, rows) => {
    await lose(a, b, policy);
    const { key } = await newest();
    const row = `SELECT v, w FROM t WHERE id = ${String(key["id"])}`;
    const before = pair.rows("a", row);
    await undoNewest();
    expectBoth(row, rows);
    const { runId } = await newest();
    await engine().undo(pair, { run: runId });
    expectBoth(row, before);
  });

  it("asks which side where both lost to a third value", async () => {
    const run = await lose(
      ...EDITS,
      policyOf(() => ({ type: "write", row: { v: "both" } })),
    );
    const asked = await engine().undo(pair, { run });
    expect(asked).toMatchObject({
      runId: null,
      entries: [{ outcome: "choose-side" }, { outcome: "choose-side" }],
    });
    expectBoth(ROW1, [{ v: "both", w: "wa" }]);
    expect((await engine().undo(pair, { run }, { side: "b" })).entries).toMatchObject([
      { side: "b", outcome: "given-back" },
    ]);
    expectBoth(ROW1, [{ v: "B", w: "wa" }]);
    const swapped = { a: pair.b, b: pair.a };
    expect(
      (await engine().undo(swapped, { run }, { side: "b", force: true })).entries,
    ).toMatchObject([{ side: "b", outcome: "given-back" }]);
    expectBoth(ROW1, [{ v: "A", w: "wa" }]);
  });

  it("does nothing for a row that moved on, unless that is confirmed; and says which", async () => {
    const run = await lose(
      `${EDITS[0]}; UPDATE t SET v = 'A' WHERE id = 2`,
      `${EDITS[1]}; UPDATE t SET v = 'B' WHERE id = 2`,
    );
    pair.edit("b", "UPDATE t SET w = 'later' WHERE id = 1");
    const report = await engine().undo(pair, { run });
    expect(report.entries).toMatchObject([
      { key: { id: 1n }, outcome: "moved" },
      { key: { id: 2n }, outcome: "given-back" },
    ]);
    expect(pair.rows("b", ROW1)).toEqual([{ v: "A", w: "later" }]);
    const forced = await engine().undo(pair, { run }, { force: true });
    expect(forced.entries).toMatchObject([{ outcome: "given-back" }, { outcome: "already" }]);
    // Only what lost comes back; what was edited beside it since stays.
    expectBoth(ROW1, [{ v: "B", w: "later" }]);
  });

  it("refuses what would break a constraint, and leaves no trace of it", async () => {
    await lose("UPDATE t SET u = 11 WHERE id = 1", "UPDATE t SET u = 12 WHERE id = 1");
    pair.edit("a", "UPDATE t SET u = 12 WHERE id = 2");
    await pair.sync();
    const before = queryState(pair, "SELECT * FROM sync_ledger");
    expect((await undoNewest()).entries).toMatchObject([{ outcome: "refused" }]);
    expect(inboxOf(pair)).toEqual([]);
    expect(queryState(pair, "SELECT * FROM sync_ledger")).toEqual(before);
    expect(
      queryState(pair, `SELECT count(*) AS n FROM sync_conflict WHERE status = 'draft'`),
    ).toEqual([{ n: 0 }]);
    expectBoth("SELECT u FROM t WHERE id < 3 ORDER BY id", [{ u: 11n }, { u: 12n }]);
  });

  it("settles an open conflict of the same row where that is confirmed", async () => {
    await lose(...EDITS);
    pair.edit("a", "UPDATE t SET v = 'A2' WHERE id = 1");
    pair.edit("b", "UPDATE t SET v = 'B2' WHERE id = 1");
    await pair.sync();
    expect(inboxOf(pair)).toHaveLength(1);
    expect((await undoNewest()).entries).toMatchObject([{ outcome: "moved" }]);
    expect(inboxOf(pair)).toHaveLength(1);
    expect((await undoNewest({ force: true })).entries).toMatchObject([{ outcome: "given-back" }]);
    expect(inboxOf(pair)).toEqual([]);
    expectBoth(ROW1, [{ v: "B", w: "wa" }]);
  });

  it("tried first, writes nothing and says the same", async () => {
    await lose(...EDITS);
    const before = traceOf(pair);
    const trial = await undoNewest({ dryRun: true });
    expect(traceOf(pair)).toEqual(before);
    expect(trial).toMatchObject({ dryRun: true, entries: [{ outcome: "given-back" }] });
    expect((await undoNewest()).entries).toEqual(trial.entries);
  });

  it.each([{ entry: 99 }, { run: "0".repeat(36) }])("knows no %o", async (target) => {
    await lose(...EDITS);
    await expect(engine().undo(pair, target)).rejects.toMatchObject({ code: "SYNC_USAGE" });
  });

  it("moves values as they are: storage classes, NUL, text that is not valid UTF-8", async () => {
    const odd = "v = CAST(x'ff00fe' AS TEXT), w = 9223372036854775807, u = NULL";
    await lose("UPDATE t SET v = 1, w = 2 WHERE id = 1", `UPDATE t SET ${odd} WHERE id = 1`);
    const exact =
      "SELECT typeof(v) AS c, hex(CAST(v AS BLOB)) AS v, typeof(w) AS d, w FROM t WHERE id = 1";
    await undoNewest();
    expectBoth(exact, [{ c: "text", v: "FF00FE", d: "integer", w: 9223372036854775807n }]);
  });
});
