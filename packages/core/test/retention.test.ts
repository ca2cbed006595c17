import { afterEach, describe, expect, it } from "vitest";
import { DatabaseSynchronizationEngine } from "../src/index.ts";
import type { LedgerLimits } from "../src/index.ts";
import { inboxOf, queryState } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = 1_700_000_000_000;

/** Decides about one row, and leaves the other to a person. */
const FIRST_ONLY = policyOf(({ key }) =>
  key["id"] === 1n ? { type: "take", side: "a" } : { type: "park" },
);

/** A value that loses, on a day. */
async function lose(day: number, value: string, ledger: LedgerLimits = {}): Promise<void> {
  pair.edit("a", `UPDATE t SET v = 'A${day}' WHERE id = 1`);
  pair.edit("b", `UPDATE t SET v = '${value}' WHERE id = 1`);
  await pair.sync({ policy: FIRST_ONLY, startedMs: START_MS + day * DAY_MS, ledger });
}

function make(): void {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'old'), (2, 'old')",
  );
}

const lostRows = (): unknown[] =>
  queryState(
    pair,
    `SELECT k.v FROM sync_ledger AS l JOIN "kept:t" AS k ON k."⟨sync⟩ owner" = l.conflict AND k."⟨sync⟩ image" = l.lost ORDER BY l.id`,
  );
const images = (): unknown[] =>
  queryState(pair, `SELECT DISTINCT "⟨sync⟩ owner" AS owner FROM "kept:t"`);

describe("the ledger", () => {
  it.each([
    ["90 days where nothing is said", {}, 89, 91],
    ["as long as is said", { maxAgeDays: 40 }, 39, 41],
  ])(
    "keeps what lost for %s, and forgets it then, images included",
    async (_, limits, kept, gone) => {
      make();
      await pair.sync();
      await lose(0, "first", limits);
      await lose(kept, "second", limits);
      expect(lostRows()).toHaveLength(2);
      await lose(gone, "third", limits);
      expect(lostRows()).toEqual([{ v: "second" }, { v: "third" }]);
      expect(images()).toHaveLength(2);
    },
  );

  it("forgets the oldest where there is more than room for, but nothing younger than 30 days", async () => {
    make();
    await pair.sync();
    const large = "x".repeat(300_000);
    const limits = { maxBytes: 1_500_000 };
    for (let day = 0; day < 29; day += 7) await lose(day, `${day} ${large}`, limits);
    expect(lostRows()).toHaveLength(5);
    await lose(36, `36 ${large}`, limits);
    // Only the first is older than 30 days.
    expect(lostRows()).toHaveLength(5);
    await lose(60, `60 ${large}`, limits);
    const left = lostRows().map((row) => (row as { v: string }).v.split(" ")[0]);
    expect(left.at(-1)).toBe("60");
    expect(left).toContain("36");
    expect(left).not.toContain("7");
  });

  it("never lets go of what waits in the inbox", async () => {
    make();
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 2");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 2");
    await pair.sync({ startedMs: START_MS });
    await lose(1000, "much later");
    expect(inboxOf(pair)).toHaveLength(1);
    const engine = new DatabaseSynchronizationEngine({ stateDir: pair.stateDir, worker: false });
    expect(await engine.conflict(pair, inboxOf(pair)[0]?.id ?? 0)).toMatchObject({
      base: { v: "old" },
      a: { v: "A" },
    });
  });

  it("is never silently kept for less than 30 days", () => {
    make();
    expect(() => new DatabaseSynchronizationEngine({ ledger: { maxAgeDays: 29 } })).toThrow(
      /at least 30 days/,
    );
  });
});
