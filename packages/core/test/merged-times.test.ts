import { afterEach, expect, it } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TIME = "2024-01-01 00:00:00";

it.each([
  ["a sets a time where there was none", "NULL", `'${TIME}'`, TIME],
  ["a takes the time away", `'${TIME}'`, "NULL", null],
  ["a writes something that is no time", `'${TIME}'`, "'soon'", "soon"],
])("%s, and b, which edits another column, does not undo it", async (_, before, set, after) => {
  pair = makePair(`CREATE TABLE task (id INTEGER PRIMARY KEY, title, done, updated_at);
    INSERT INTO task VALUES (1, 'write', 0, ${before})`);
  await pair.sync();
  pair.edit("a", `UPDATE task SET title = 'rewrite', updated_at = ${set}`);
  pair.edit("b", "UPDATE task SET done = 1");
  await pair.sync();
  for (const side of ["a", "b"] as const) {
    expect(pair.rows(side, "SELECT title, done, updated_at FROM task")).toEqual([
      { title: "rewrite", done: 1n, updated_at: after },
    ]);
  }
});
