import { SyncError } from "@sync/model";
import { expect, it } from "vitest";
import { afterFailure, isDue, untroubled } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

const PAIR = { a: "/nowhere/a.db", b: "/nowhere/b.db" };
const MISSING = new SyncError("SYNC_DB_MISSING", "There is no database at a.db.");
const LOCKED = new SyncError("SYNC_LOCKED", "a.db could not be locked.");

/** Fails so often, each time as soon as it is due. */
function failures(times: number, error: SyncError, from: Schedule = untroubled()) {
  let schedule = from;
  let timeMs = schedule.type === "failing" ? schedule.notBeforeMs : 0;
  const waits: number[] = [];
  const news: boolean[] = [];
  for (let n = 0; n < times; n += 1) {
    const next = afterFailure(schedule, PAIR, error, { timeMs, random: 0.5 });
    schedule = next.schedule;
    news.push(next.isNews);
    if (schedule.type !== "failing") throw new Error("it failed");
    waits.push(schedule.notBeforeMs - timeMs);
    timeMs = schedule.notBeforeMs;
  }
  return { schedule, waits, news, timeMs };
}

it("waits longer after each failure, up to a minute", () => {
  const { waits } = failures(14, MISSING);
  expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(waits.at(-1)).toBe(60_000);
});

it("waits by chance a little more or less", () => {
  const wait = (random: number): number => {
    const { schedule } = afterFailure(untroubled(), PAIR, MISSING, { timeMs: 0, random });
    return schedule.type === "failing" ? schedule.notBeforeMs : 0;
  };
  expect([wait(0), wait(0.999)]).toEqual([50, expect.closeTo(150, 0)]);
});

it("tells a failure once, and again when it is another one or came back", () => {
  const { schedule, news } = failures(5, MISSING);
  expect(news).toEqual([true, false, false, false, false]);
  const other = new SyncError("SYNC_MAX_DELETE", "The run would delete 30 of 40 rows.");
  expect(failures(2, other, schedule).news).toEqual([true, false]);
  expect(failures(1, MISSING, untroubled(schedule)).news).toEqual([false]);
  expect(failures(1, MISSING, untroubled()).news).toEqual([true]);
});

it("tells of a lock of another program only when it lasts, and tries it again every second", () => {
  const { news, waits } = failures(20, LOCKED);
  expect(waits.at(-1)).toBe(1000);
  const first = news.indexOf(true);
  expect(waits.slice(0, first).reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(10_000);
  expect(news.filter(Boolean)).toHaveLength(1);
});

it("is due when the wait is over, and not before while the files stay as they are", () => {
  const { schedule, timeMs } = failures(10, MISSING);
  expect(isDue(schedule, PAIR, timeMs - 1)).toBe(false);
  expect(isDue(schedule, PAIR, timeMs)).toBe(true);
});
