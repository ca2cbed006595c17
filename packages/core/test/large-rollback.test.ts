import type { Progress } from "@sync/model";
import { afterEach, expect, it, vi } from "vitest";
import { createHeldPairs } from "../src/engine/live/held-pairs.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Tables of more than one slice.
vi.setConfig({ testTimeout: 120_000 });
afterEach(() => pair.remove());

const ROWS = 120_000;
const LARGE = `CREATE TABLE item (id INTEGER PRIMARY KEY, v TEXT);
  CREATE TABLE part (k TEXT, n INT, v, PRIMARY KEY (k, n)) WITHOUT ROWID;
  CREATE TABLE small (id INTEGER PRIMARY KEY, v);
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${ROWS})
    INSERT INTO item SELECT n, 'row ' || n FROM i;
  INSERT INTO part SELECT printf('%06d', id), 1, v FROM item;`;

it("a large table in rollback mode gives what it gives in WAL mode", async () => {
  const edits = {
    a: `UPDATE item SET v = 'A' WHERE id % 30000 = 7; DELETE FROM item WHERE id % 40000 = 9;
      INSERT INTO item VALUES (-5, 'first'), (${ROWS + 7}, 'A last'); DELETE FROM part WHERE k = '000001';
      INSERT INTO part VALUES ('000000', 1, 'new'); INSERT INTO small VALUES (1, 'a')`,
    b: `UPDATE item SET v = 'B' WHERE id IN (7, 8); DELETE FROM item WHERE id = 9;
      INSERT INTO item VALUES (${ROWS + 7}, 'B last'), (${ROWS + 9}, 'b'); UPDATE part SET v = 'b' WHERE k >= '119999'`,
  };
  const results = [];
  for (const mode of ["wal", "delete"]) {
    pair = makePair(LARGE, mode);
    await pair.sync();
    for (const side of ["a", "b"] as const) pair.edit(side, edits[side]);
    const { report, outcomes } = await pair.sync();
    const left = ["a", "b"].flatMap((side) =>
      ["item", "part", "small"].map((table) =>
        pair.rows(
          side as "a",
          `SELECT count(*), group_concat(v) FROM ${table} WHERE v NOT LIKE 'row%'`,
        ),
      ),
    );
    results.push({ tables: report.tables, outcomes, left });
    if (mode === "wal") pair.remove();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[0]?.tables[0]).toMatchObject({ conflicts: { parked: 2 } });
});

it("keeps no writer waiting while it is looked through, and what comes meanwhile is not missed", async () => {
  pair = makePair(LARGE, "delete");
  await pair.sync();
  pair.edit("a", `UPDATE item SET v = 'before' WHERE id = ${ROWS}`);
  const held = createHeldPairs({ idleMs: 0 });
  const question = { pair, scope: "" };
  try {
    let edits = 0;
    // A program that waits for nobody.
    const writer = pair.open("b");
    writer.pragma("busy_timeout = 0");
    const run = async (onRead: (progress: Progress) => void): Promise<void> =>
      held.run(question, async (facilities) => {
        await pair.sync({ onProgress: onRead }, facilities);
      });
    await run(({ total }) => {
      // Small tables, and what turned up, are read in one short transaction.
      if (total < ROWS / 2) return;
      edits += 1;
      writer.exec(`UPDATE item SET v = 'meanwhile ${edits}' WHERE id = 1`);
    });
    expect(edits).toBeGreaterThan(5);
    expect(held.haveChanged([question])).toEqual([true]);
    await run(() => undefined);
    expect(held.haveChanged([question])).toEqual([false]);
    expect(pair.rows("a", "SELECT v FROM item WHERE id = 1")).toEqual([
      { v: `meanwhile ${edits}` },
    ]);
    expect(pair.rows("b", `SELECT v FROM item WHERE id = ${ROWS}`)).toEqual([{ v: "before" }]);
  } finally {
    await held.close();
  }
});
