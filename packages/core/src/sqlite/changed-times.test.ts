import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { newestTimes } from "./changed-times.ts";
import { CONTROL as C, SIDES } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** In each way of writing an older time, and the newer one that is to be found. */
const TIMES = [
  [-5n, 99_999_999_999n],
  [100_000_000_000n, 99_999_999_999_999n],
  [100_000_000_000_000, 100_000_000_000_001.5],
  ["2024-01-01 09:00", "2024-01-01 10:00"],
  ["2024-01-01 09:00Z", "2024-01-01 10:00-0200"],
  ["2024-01-01T09:00", "2024-01-01T10:00"],
  ["2024-01-01T09:00z", "2024-01-01T10:00+02:00"],
  ["20240101", "20240102"],
  // Its last minus stands where one of a zone could.
  ["2024-01-01", "2024-01-02"],
] as const;

it("one time is found for each way in which they are written: the newest", () => {
  const db = new Database(":memory:");
  db.exec(`CREATE TABLE plan (t, ${C.didA}, ${C.didB}, ${C.outcome}, ${C.conflict}, ${C.stale});
    CREATE TABLE kept (t, ${C.owner}, ${C.image})`);
  const plan = db.prepare("INSERT INTO plan VALUES (?, '+', '0', ?, ?, NULL)");
  const kept = db.prepare("INSERT INTO kept VALUES (?, ?, 'a')");
  // What is in conflict has its values among the images; what else stands there is no time.
  const odd = [null, Buffer.from("2024-01-01"), "2024-01-01x10:00"];
  for (const [n, [older, newer]] of TIMES.entries()) {
    const [copied, open] = n % 2 === 0 ? [older, newer] : [newer, older];
    plan.run(copied, "copy", null);
    plan.run(null, "open", n);
    kept.run(open, n);
  }
  for (const value of odd) plan.run(value, "copy", null);
  // Only the working tables are read.
  const shape = { work: { plan: "plan", kept: "kept" } } as Shape;
  const [a, b] = SIDES;
  if (a === undefined || b === undefined) throw new Error("a pair has two sides");
  expect(newestTimes(db, shape, a, "t")).toEqual(TIMES.map(([, newer]) => newer));
  expect(newestTimes(db, shape, b, "t")).toEqual([]);
  db.close();
});
