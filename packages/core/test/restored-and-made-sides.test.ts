import { copyFileSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { inboxOf, lostValues } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const ROWS =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'old'), (2, 'old'), (3, 'old'), (4, 'old')";

/** The rows of `t`, `id v`, which are to be the same on both sides. */
function commonRows(): string[] {
  const [a, b] = (["a", "b"] as const).map((side) =>
    pair
      .rows(side, "SELECT id || ' ' || v AS row FROM t ORDER BY id")
      .map((row) => (row as { row: string }).row),
  );
  expect(a).toEqual(b);
  return a ?? [];
}

describe("a side that is made anew, of a pair that is known", () => {
  it.each(["a", "b"] as const)(
    "takes the rows of the other one as side %s, and deletes none",
    async (side) => {
      pair = makePair(ROWS);
      await pair.sync();
      rmSync(pair[side]);
      await pair.sync({ create: true });
      expect(commonRows()).toEqual(["1 old", "2 old", "3 old", "4 old"]);
      expect([inboxOf(pair), lostValues(pair, "t", "v")]).toEqual([[], []]);
    },
  );
});

describe("what is remembered of a table without a key", () => {
  it("is forgotten with the rest: a row that both had deleted can come again", async () => {
    pair = makePair("CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('X'), ('Y')");
    await pair.sync();
    for (const side of ["a", "b"] as const) pair.edit(side, "DELETE FROM t WHERE x = 'X'");
    await pair.sync({ lineage: "forget" });
    pair.edit("a", "INSERT INTO t VALUES ('X')");
    await pair.sync();
    for (const side of ["a", "b"] as const)
      expect(pair.rows(side, "SELECT x FROM t ORDER BY 1")).toEqual([{ x: "X" }, { x: "Y" }]);
  });
});

describe.each(["wal", "delete"])("a side that was restored, in %s mode", (mode) => {
  it("is brought forward by what the other had changed, and by what it had itself", async () => {
    pair = makePair(ROWS, mode);
    await pair.sync();
    copyFileSync(pair.b, `${pair.b}.older`);
    pair.edit("a", "UPDATE t SET v = 'a' WHERE id <= 3");
    pair.edit("b", "UPDATE t SET v = 'b' WHERE id = 4; INSERT INTO t VALUES (5, 'b')");
    await pair.sync();
    copyFileSync(`${pair.b}.older`, pair.b);
    await pair.sync({ lineage: "restored" });
    expect(commonRows()).toEqual(["1 a", "2 a", "3 a", "4 b", "5 b"]);
    expect(inboxOf(pair)).toEqual([]);
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
  });
});
