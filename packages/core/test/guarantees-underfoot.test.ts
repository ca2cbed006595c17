import { afterEach, describe, expect, it, vi } from "vitest";
import { inboxOf } from "./state-probe.ts";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const ITEMS = `CREATE TABLE item (id INTEGER PRIMARY KEY, v); CREATE TABLE note (text);
  CREATE TABLE line (item INT REFERENCES item (id), n INT, PRIMARY KEY (item, n));
  INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO note VALUES ('n')`;

/** Calls `act` the first time that the plan is complete and no lock is taken yet. */
function underfoot(act: (time: number) => void, times = 1): (step: string) => void {
  let done = 0;
  return (step) => {
    if (step !== "planned" || done >= times) return;
    done += 1;
    act(done);
  };
}

const VALUES = "SELECT id, v FROM item ORDER BY 1";

describe.each(["wal", "delete"])("a row that changed underfoot, in %s mode", (mode) => {
  const edits = {
    "was updated": [
      "UPDATE item SET v = 'A' WHERE id = 1",
      "UPDATE item SET v = 'underfoot' WHERE id = 1",
      "update/update",
    ],
    disappeared: [
      "UPDATE item SET v = 'A' WHERE id = 1",
      "DELETE FROM item WHERE id = 1",
      "update/delete",
    ],
    "was updated though it should go": [
      "DELETE FROM item WHERE id = 1",
      "UPDATE item SET v = 'underfoot' WHERE id = 1",
      "update/delete",
    ],
    appeared: [
      "INSERT INTO item VALUES (9, 'A')",
      "INSERT INTO item VALUES (9, 'underfoot')",
      "insert/insert",
    ],
    "changed its storage class only": [
      "UPDATE item SET v = 'A' WHERE id = 1",
      "UPDATE item SET v = CAST(v AS BLOB) WHERE id = 1",
      "update/update",
    ],
  } as const;

  it.each(Object.entries(edits))(
    "because it %s is not overwritten, the rest is written",
    async (_, [ours, theirs, kind]) => {
      pair = makePair(ITEMS, mode);
      await pair.sync();
      pair.edit("a", `${ours}; UPDATE item SET v = 'rest' WHERE id = 2`);
      const { outcomes } = await pair.sync({ onStep: underfoot(() => pair.edit("b", theirs)) });
      expect(outcomes.map((outcome) => [outcome.kind, outcome.outcome])).toEqual([
        [kind, "parked"],
      ]);
      const b = new Map(
        pair.rows("b", VALUES).map((row) => Object.values(row as object) as [bigint, unknown]),
      );
      pair.edit("b", "UPDATE item SET v = 'two' WHERE id = 2");
      expect(b.get(2n)).toBe("rest");
      // What a user would see had no run been there at all.
      const alone = makePair(ITEMS, mode);
      alone.edit("b", theirs);
      expect(pair.rows("b", VALUES)).toEqual(alone.rows("b", VALUES));
      alone.remove();
    },
  );

  it("is put to the policy with the new value, and the newer one is noted as lost", async () => {
    pair = makePair(ITEMS, mode);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'A' WHERE id = 1");
    const { outcomes } = await pair.sync({
      policy: PREFER_A,
      onStep: underfoot(() => pair.edit("b", "UPDATE item SET v = 'underfoot' WHERE id = 1")),
    });
    expect(outcomes).toMatchObject([{ outcome: "skip", winner: "a" }]);
    expect(pair.rows("b", "SELECT v FROM item WHERE id = 1")).toEqual([{ v: "A" }]);
  });

  it("again and again is parked after five looks; the rest is written", async () => {
    pair = makePair(ITEMS, mode);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'A' WHERE id = 1; UPDATE item SET v = 'rest' WHERE id = 2");
    let looks = 0;
    const act = (time: number): void => {
      looks = time;
      pair.edit("b", `UPDATE item SET v = 'underfoot ${time}' WHERE id = 1`);
    };
    const { outcomes, report } = await pair.sync({ policy: PREFER_A, onStep: underfoot(act, 100) });
    expect(looks).toBe(5);
    expect(outcomes).toMatchObject([{ key: { id: 1n }, outcome: "parked" }]);
    expect(report.conflicts).toEqual({ resolved: 0, parked: 1 });
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "underfoot 5" }, { v: "rest" }, {}]);
    expect(inboxOf(pair)).toHaveLength(1);
    expect((await pair.sync({ policy: PREFER_A })).report.conflicts.parked).toBe(0);
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "A" }, { v: "rest" }, {}]);
  });

  it("on the side it comes from is carried over by the next run", async () => {
    pair = makePair(ITEMS, mode);
    await pair.sync();
    pair.edit("a", "UPDATE item SET v = 'first' WHERE id = 1");
    await pair.sync({
      onStep: underfoot(() => pair.edit("a", "UPDATE item SET v = 'second' WHERE id = 1")),
    });
    expect((await pair.sync()).report.conflicts.parked).toBe(0);
    expect(pair.rows("b", "SELECT v FROM item WHERE id = 1")).toEqual([{ v: "second" }]);
  });

  it("as a parent that went away parks its new child", async () => {
    pair = makePair(ITEMS, mode);
    await pair.sync();
    pair.edit("a", "INSERT INTO line VALUES (3, 1), (2, 1)");
    const { outcomes } = await pair.sync({
      onStep: underfoot(() => pair.edit("b", "DELETE FROM item WHERE id = 3")),
    });
    expect(outcomes.map(({ table, kind }) => [table, kind])).toContainEqual([
      "line",
      "foreign-key",
    ]);
    expect(pair.rows("b", "SELECT item FROM line")).toEqual([{ item: 2n }]);
    expect(pair.rows("b", "PRAGMA foreign_key_check")).toEqual([]);
  });

  it("in a bag is counted again", async () => {
    pair = makePair(ITEMS, mode);
    await pair.sync();
    pair.edit("a", "INSERT INTO note VALUES ('n')");
    await pair.sync({
      onStep: underfoot(() => pair.edit("b", "INSERT INTO note VALUES ('n'), ('n')")),
    });
    expect(pair.rows("a", "SELECT count(*) AS n FROM note")).toEqual([{ n: 3n }]);
    expect(pair.rows("b", "SELECT count(*) AS n FROM note")).toEqual([{ n: 3n }]);
  });
});
