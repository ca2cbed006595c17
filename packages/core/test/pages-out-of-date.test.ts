import { afterEach, expect, it } from "vitest";
import { facilitiesHere } from "./page-facilities.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

// Pages that are byte for byte as they are remembered, though rows and base are not what they were then.

let pair: TestPair;
afterEach(() => pair.remove());

const values = (side: "a" | "b"): unknown[] => pair.rows(side, "SELECT v FROM t ORDER BY id");

/** @returns how changes were found: by pages where some are remembered */
async function syncByPages(): Promise<string | undefined> {
  const { report } = await pair.sync({ scan: "pages" }, facilitiesHere());
  return report.scan?.method;
}

function editBoth(sql: string): void {
  for (const side of ["a", "b"] as const) pair.edit(side, sql);
}

it.each(["wal", "delete"])(
  "pages that came back to what they were before the base moved on say nothing (in %s mode)",
  async (mode) => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')",
      mode,
    );
    await syncByPages();
    // This run moves the base on, and looks at no pages.
    pair.edit("a", "UPDATE t SET v = 'y'");
    await pair.sync({ scan: "full" });
    // Both sides' pages are as they were: the base has to follow, or it says that the next edit is none.
    editBoth("UPDATE t SET v = 'x'");
    await syncByPages();
    pair.edit("a", "UPDATE t SET v = 'y'");
    expect(await syncByPages()).toBe("pages");
    expect(values("a")).toEqual([{ v: "y" }]);
    expect(values("b")).toEqual([{ v: "y" }]);
  },
);

it("the same pages of a table that is defined otherwise are other rows", async () => {
  pair = makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY);
    INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN v DEFAULT 'one'`);
  await syncByPages();
  // The row is stored without a value of the column, before and after: no page of the table changes.
  editBoth("ALTER TABLE t DROP COLUMN v; ALTER TABLE t ADD COLUMN v DEFAULT 'two'");
  await syncByPages();
  pair.edit("a", "UPDATE t SET v = 'one'");
  expect(await syncByPages()).toBe("pages");
  expect(values("a")).toEqual([{ v: "one" }]);
  expect(values("b")).toEqual([{ v: "one" }]);
});
