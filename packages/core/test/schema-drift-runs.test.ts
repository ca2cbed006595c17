import type { Direction, Policy } from "@sync/model";
import { afterEach, describe, expect, it, vi } from "vitest";
import { STEPS } from "../src/engine/steps.ts";
import { runKilled } from "./crash-run.ts";
import { dumpRows } from "./databases.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')`;
const VIEW = { schemaDrift: "common" } as const;
const PREFER_B: Policy = { name: "prefer-b", decide: () => ({ type: "take", side: "b" }) };
const RUN = { view: VIEW, confirmed: true, maxDeletePercent: 100, policy: PREFER_B } as const;

function rows(side: "a" | "b"): unknown[] {
  return pair.rows(side, "SELECT * FROM t ORDER BY id");
}

/** One side is a column ahead; then both edit. */
async function driftingPair(): Promise<void> {
  pair = makePair(SCHEMA);
  await pair.sync();
  pair.edit("a", "ALTER TABLE t ADD COLUMN y DEFAULT 0; UPDATE t SET y = 1, x = 'A' WHERE id = 1");
  pair.edit("b", "UPDATE t SET x = 'B' WHERE id = 2; INSERT INTO t VALUES (4, 'four')");
}

function columnComes(): void {
  pair.edit("b", "ALTER TABLE t ADD COLUMN y DEFAULT 9; UPDATE t SET y = 5, x = 'C' WHERE id = 3");
}

describe.each<Direction>(["two-way", "a-to-b", "b-to-a", "mirror"])("%s", (direction) => {
  it("a run goes on with common columns, and takes the column when it comes", async () => {
    await driftingPair();
    const ahead = rows("a");
    await pair.sync({ ...RUN, direction });
    const here = { id: 1n, x: "A", y: 1n };
    if (direction === "b-to-a")
      expect(rows("a")).toEqual([
        here,
        { id: 2n, x: "B", y: 0n },
        { id: 3n, x: "three", y: 0n },
        { id: 4n, x: "four", y: 0n },
      ]);
    if (direction === "a-to-b" || direction === "mirror") expect(rows("a")).toEqual(ahead);
    expect(rows("b")[0]).toEqual({ id: 1n, x: direction === "b-to-a" ? "one" : "A" });
    columnComes();
    await pair.sync({ ...RUN, direction });
    const wanted = {
      "two-way": [1n, 0n, 5n],
      // Row 2 was changed on b as well, and is kept there as a whole.
      "a-to-b": [1n, 9n, 5n],
      mirror: [1n, 0n, 0n],
      "b-to-a": [9n, 9n, 5n],
    }[direction];
    expect(rows("b").slice(0, 3)).toMatchObject(wanted.map((y) => ({ y })));
    if (direction === "mirror") expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
    const before = [dumpRows(pair.a), dumpRows(pair.b)];
    await pair.sync({ ...RUN, direction });
    expect([dumpRows(pair.a), dumpRows(pair.b)]).toEqual(before);
    if (direction === "mirror") return;
    await pair.sync({ ...RUN, direction: "two-way" });
    await pair.sync({ ...RUN, direction: "two-way" });
    expect(rows("a")[1]).toEqual({ id: 2n, x: "B", y: 0n });
    expect(rows("b")[0]).toEqual({ id: 1n, x: "A", y: 1n });
  });
});

describe("killed at a step, then run again: as without the crash", () => {
  it.each([...STEPS])("%s, while one side is ahead, and when the column comes", async (step) => {
    const outcome = async (run: () => void): Promise<unknown[]> => {
      await driftingPair();
      run();
      await pair.sync(RUN);
      const between = [rows("a"), rows("b")];
      columnComes();
      run();
      await pair.sync(RUN);
      const all = [...between, rows("a"), rows("b")];
      pair.remove();
      return all;
    };
    const expected = await outcome(() => undefined);
    const killed = { killAt: step, policy: "prefer-b", view: VIEW } as const;
    expect(await outcome(() => runKilled(pair, killed))).toEqual(expected);
  });

  it("the column comes after the crash", async () => {
    await driftingPair();
    runKilled(pair, { killAt: "committed", policy: "prefer-b", view: VIEW });
    columnComes();
    await pair.sync(RUN);
    expect(rows("b")).toEqual(rows("a"));
    expect(rows("a")).toEqual([
      { id: 1n, x: "A", y: 1n },
      { id: 2n, x: "B", y: 0n },
      { id: 3n, x: "C", y: 5n },
      // The plan was of another shape: it is not known any more that this row came from b, so the policy decides.
      { id: 4n, x: "four", y: 9n },
    ]);
  });
});
