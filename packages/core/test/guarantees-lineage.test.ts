import { copyFileSync, renameSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lostValues, traceOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
  WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO t SELECT i, 'old' FROM n`;
const ROWS = "SELECT id, v FROM t ORDER BY 1";

/** How an older copy comes back: over the file, or in its place. */
const PUT_BACK = {
  copied: (from: string, to: string): void => copyFileSync(from, to),
  renamed: (from: string, to: string): void => renameSync(from, to),
};

/** Syncs edits of `a` to `b`, after a copy of `b` was put aside. */
async function syncWithCopy(mode: string): Promise<string> {
  pair = makePair(TABLE, mode);
  await pair.sync();
  await pair.release();
  const older = `${pair.b}.older`;
  copyFileSync(pair.b, older);
  pair.edit(
    "a",
    "UPDATE t SET v = 'new' WHERE id <= 3; DELETE FROM t WHERE id = 9; INSERT INTO t VALUES (20, 'new')",
  );
  await pair.sync();
  await pair.release();
  return older;
}

describe.each(["wal", "delete"])("an older copy of a side, in %s mode", (mode) => {
  it.each(["copied", "renamed"] as const)(
    "%s back stops the run with a choice, and nothing is written",
    async (how) => {
      const older = await syncWithCopy(mode);
      PUT_BACK[how](older, pair.b);
      const before = [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
      await expect(pair.sync()).rejects.toMatchObject({
        code: "SYNC_LINEAGE",
        details: { side: "b", rowsBack: 5, rowsWritten: 5 },
        next: expect.stringMatching(
          /--lineage restored.*--lineage accept.*--lineage forget/,
        ) as string,
      });
      await expect(pair.sync({ dryRun: true })).rejects.toMatchObject({ code: "SYNC_LINEAGE" });
      expect([traceOf(pair)[pair.a], traceOf(pair)[pair.b]]).toEqual(before);
    },
  );

  it("is brought forward as restored: stale values, rows that reappeared, rows that are gone again", async () => {
    const older = await syncWithCopy(mode);
    copyFileSync(older, pair.b);
    pair.edit(
      "b",
      "UPDATE t SET v = 'edited since' WHERE id = 5; UPDATE t SET v = 'edited since' WHERE id = 3; INSERT INTO t VALUES (30, 'b')",
    );
    pair.edit("a", "UPDATE t SET v = 'newer' WHERE id = 2; UPDATE t SET v = 'newer' WHERE id = 6");
    const { outcomes } = await pair.sync({ lineage: "restored" });
    expect(outcomes.filter(({ outcome }) => outcome === "parked")).toEqual([]);
    const content = pair.rows("b", ROWS);
    expect(pair.rows("a", ROWS)).toEqual(content);
    expect(
      content.map((row) =>
        Object.values(row as object)
          .map(String)
          .join(" "),
      ),
    ).toEqual([
      "1 new",
      "2 newer",
      "3 edited since",
      "4 old",
      "5 edited since",
      "6 newer",
      "7 old",
      "8 old",
      "10 old",
      "20 new",
      "30 b",
    ]);
    // What the older copy held and lost is in the ledger, the rows that came back included; so is that it had no row 20.
    const lost = lostValues(pair, "t", "v")
      .map((entry) => entry as { lost: string; value: string | null })
      .filter((entry) => entry.lost === "b");
    expect(lost.filter(({ value }) => value !== null)).toHaveLength(3);
    expect(lost.filter(({ value }) => value === null)).toHaveLength(1);
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
  });

  it("is taken at its word as accepted: every difference is an edit", async () => {
    const older = await syncWithCopy(mode);
    copyFileSync(older, pair.b);
    const { report } = await pair.sync({ lineage: "accept" });
    expect(report.tables[0]).toMatchObject({ toA: { inserted: 1, updated: 3, deleted: 1 } });
    expect(pair.rows("a", ROWS)).toEqual(pair.rows("b", ROWS));
    expect(pair.rows("a", "SELECT v FROM t WHERE id = 1")).toEqual([{ v: "old" }]);
    // Decided once; the next run does not ask again.
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
  });

  it("is united as forgotten: nothing is deleted, differing rows are asked", async () => {
    const older = await syncWithCopy(mode);
    copyFileSync(older, pair.b);
    const { report, outcomes } = await pair.sync({ lineage: "forget" });
    expect(report.firstRun).toBe(true);
    expect(report.tables[0]).toMatchObject({
      toA: { inserted: 1, updated: 0, deleted: 0 },
      toB: { inserted: 1, updated: 0, deleted: 0 },
    });
    expect(outcomes.map(({ key, kind }) => [key["id"], kind])).toEqual([
      [1n, "insert/insert"],
      [2n, "insert/insert"],
      [3n, "insert/insert"],
    ]);
    expect((await pair.sync()).report).toMatchObject({ firstRun: false, conflicts: { parked: 3 } });
  });

  it("raises no alarm where fewer than three rows went back", async () => {
    pair = makePair(TABLE, mode);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'new' WHERE id <= 2");
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 'old' WHERE id <= 2");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ toA: { updated: 2 } });
  });

  it("raises no alarm where fewer than half of the rows went back", async () => {
    pair = makePair(TABLE, mode);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'new'");
    await pair.sync();
    pair.edit("b", "UPDATE t SET v = 'old' WHERE id <= 4");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ toA: { updated: 4 } });
  });

  it.each(["copied", "renamed"] as const)(
    "is no matter where a file with new edits was %s in its place",
    async (how) => {
      await syncWithCopy(mode);
      const replacement = `${pair.b}.replacement`;
      copyFileSync(pair.b, replacement);
      pair.edit("b", "UPDATE t SET v = 'lost with the file' WHERE id = 7");
      PUT_BACK[how](replacement, pair.b);
      pair.edit("b", "UPDATE t SET v = 'replaced' WHERE id = 8; DELETE FROM t WHERE id = 10");
      const { report } = await pair.sync();
      expect(report.tables[0]).toMatchObject({
        toA: { updated: 1, deleted: 1 },
        conflicts: { parked: 0 },
      });
      expect(pair.rows("a", ROWS)).toEqual(pair.rows("b", ROWS));
    },
  );
});
