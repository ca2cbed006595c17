import { chmodSync, mkdirSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { NOTES, createDesk, errorOf } from "./desk.ts";

const QUICK = { busyTimeoutMs: 1 };

it("a locked database is tried again, and each time is told", async () => {
  const desk = createDesk();
  const [a, b] = ["a.db", "b.db"].map((name) => desk.database(name, NOTES)) as [string, string];
  const holder = new Database(a);
  holder.exec("BEGIN EXCLUSIVE");
  const { manager, events } = desk.manager(QUICK, {
    onEvent: (event) => {
      events.push(event);
      // The other program is done while we wait.
      if (event.event === "sync_retry" && holder.inTransaction) holder.exec("COMMIT");
    },
  });
  const report = await manager.sync([a, b]);
  holder.close();
  expect(report.firstRun).toBe(true);
  expect(events.map(({ event }) => event)).toEqual([
    "sync_start",
    "sync_retry",
    "sync_start",
    "sync_complete",
  ]);
  expect(events[1]).toMatchObject({
    level: "warn",
    fields: { code: "SYNC_LOCKED", attempt: 1, a, b },
  });
});

it("gives up when the time is over, and says so once", async () => {
  const desk = createDesk();
  const [a, b] = ["a.db", "b.db"].map((name) => desk.database(name, NOTES)) as [string, string];
  const holder = new Database(a);
  holder.exec("BEGIN EXCLUSIVE");
  const { manager, events } = desk.manager({ ...QUICK, retryMs: 150 });
  const error = await errorOf(async () => manager.sync([a, b]));
  expect(error.code).toBe("SYNC_LOCKED");
  const told = events.map(({ event }) => event).filter((event) => event !== "sync_start");
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told.slice(0, -1))).toEqual(new Set(["sync_retry"]));
  expect(told.at(-1)).toBe("sync_error");
  const patient = desk.manager({ ...QUICK, retryMs: 0 });
  await errorOf(async () => patient.manager.sync([a, b]));
  expect(patient.events.map(({ event }) => event)).toEqual(["sync_start", "sync_error"]);
  holder.close();
});

it("cancelling ends the wait", async () => {
  const desk = createDesk();
  const [a, b] = ["a.db", "b.db"].map((name) => desk.database(name, NOTES)) as [string, string];
  const holder = new Database(a);
  holder.exec("BEGIN EXCLUSIVE");
  const controller = new AbortController();
  const { manager } = desk.manager(QUICK, {
    onEvent: ({ event }) => {
      if (event === "sync_retry") controller.abort();
    },
  });
  const error = await errorOf(async () => manager.sync([a, b], { signal: controller.signal }));
  expect(error.code).toBe("SYNC_CANCELLED");
  holder.close();
});

it("what does not pass is not tried again", async () => {
  const desk = createDesk();
  const [a, b] = ["a.db", "b.db"].map((name) => desk.database(name, NOTES)) as [string, string];
  const { manager, events } = desk.manager({ stateDir: "/dev/full" });
  const error = await errorOf(async () => manager.sync([a, b]));
  expect(error.code).toBe("SYNC_PERMISSION");
  expect(events.map(({ event }) => event)).toEqual(["sync_start", "sync_error"]);
  mkdirSync(desk.path("folder"));
  chmodSync(desk.path("folder"), 0o500);
  const folder = await errorOf(async () => manager.sync([a, desk.path("folder")]));
  expect(folder.code).toBe("SYNC_NOT_A_FILE");
});
