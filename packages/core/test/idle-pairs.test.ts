import { existsSync, utimesSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HeldPair } from "../src/engine/live/held-pair.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let held: HeldPair;
/** Milliseconds after the present: what is idle need not be waited for. */
let laterMs = 0;

const IDLE_MS = 1000;
const NOTES = "CREATE TABLE note (id INTEGER PRIMARY KEY, v); INSERT INTO note VALUES (1, 'one')";

async function run(): Promise<void> {
  await held.run("", async (facilities) => pair.sync({}, facilities));
}

/** Long enough twice: the first time the logs are emptied, which has to settle. */
function beIdle(): void {
  laterMs += 10 * IDLE_MS;
  held.tidy();
  laterMs += 10 * IDLE_MS;
  held.tidy();
}

afterEach(async () => {
  await held.close();
  pair.remove();
});

describe.each(["wal", "delete"])("an idle pair in %s mode", (mode) => {
  beforeEach(async () => {
    pair = makePair(NOTES, mode);
    laterMs = 0;
    held = new HeldPair(
      { a: pair.a, b: pair.b },
      {
        idleMs: IDLE_MS,
        syncFiles: () => Promise.resolve(),
        pages: { sign: () => Promise.resolve([]), start: () => undefined },
        now: () => Date.now() + laterMs,
        random: () => 0.5,
      },
    );
    await run();
  });

  it("is open until it is idle, then closed, and still known to be as it was", async () => {
    held.tidy();
    expect(held.isOpen).toBe(true);
    beIdle();
    expect(held.isOpen).toBe(false);
    expect(held.hasChanged("")).toBe(false);
    expect(held.hasChanged('["note"]')).toBe(false);
    await run();
    expect(held.isOpen).toBe(true);
    expect(held.hasChanged("")).toBe(false);
  });

  it("has changed when somebody writes, touches or replaces a file while it is closed", async () => {
    for (const change of [
      () => pair.edit("a", "UPDATE note SET v = 'edited' WHERE id = 1"),
      () => utimesSync(pair.b, 1, 1),
      () => pair.edit("b", "PRAGMA journal_mode = DELETE; VACUUM"),
    ]) {
      beIdle();
      expect(held.hasChanged("")).toBe(false);
      change();
      expect(held.hasChanged("")).toBe(true);
      await run();
      expect(held.hasChanged("")).toBe(false);
    }
    expect(pair.rows("b", "SELECT v FROM note")).toEqual([{ v: "edited" }]);
  });

  it("is not closed while a change waits for its run", () => {
    pair.edit("a", "UPDATE note SET v = 'edited' WHERE id = 1");
    beIdle();
    expect(held.isOpen).toBe(true);
    expect(held.hasChanged("")).toBe(true);
  });

  it.each([
    ["milliseconds", 123, 200],
    ["seconds", 0, 2000],
  ])(
    "is not closed as long as a write could leave no trace where times are in %s",
    (_unit, ms, stepMs) => {
      const nowMs = Math.ceil((Date.now() + 10 * IDLE_MS) / 1000) * 1000 + ms;
      const tidyAt = (timeMs: number): void => {
        laterMs = timeMs - Date.now();
        held.tidy();
      };
      // What is written in the same step of the file system's clock has the same time.
      utimesSync(pair.a, nowMs / 1000, nowMs / 1000);
      tidyAt(nowMs);
      expect(held.isOpen).toBe(true);
      tidyAt(nowMs + stepMs);
      expect(held.isOpen).toBe(true);
      tidyAt(nowMs + 10 * stepMs);
      expect(held.isOpen).toBe(false);
    },
  );

  it("takes a closing that tidied up for no change that it missed", async () => {
    const application = new Database(pair.a);
    application.exec("UPDATE note SET v = 'last words' WHERE id = 1");
    await run();
    application.close();
    // Held by us, its log is still there; our close is the last one now.
    expect(existsSync(`${pair.a}-wal`)).toBe(mode === "wal");
    beIdle();
    expect(held.isOpen).toBe(false);
    expect(existsSync(`${pair.a}-wal`)).toBe(false);
    expect(held.hasChanged("")).toBe(false);
    expect(pair.rows("b", "SELECT v FROM note")).toEqual([{ v: "last words" }]);
  });
});

it("lets nobody leave WAL mode while it is open, and everybody once it is idle", async () => {
  pair = makePair(NOTES);
  laterMs = 0;
  held = new HeldPair(
    { a: pair.a, b: pair.b },
    {
      idleMs: IDLE_MS,
      syncFiles: () => Promise.resolve(),
      pages: { sign: () => Promise.resolve([]), start: () => undefined },
      now: () => Date.now() + laterMs,
      random: () => 0,
    },
  );
  await run();
  const application = pair.open("a");
  application.pragma("busy_timeout = 0");
  expect(() => application.pragma("journal_mode = DELETE")).toThrow("database is locked");
  beIdle();
  expect(application.pragma("journal_mode = DELETE", { simple: true })).toBe("delete");
  expect(held.hasChanged("")).toBe(true);
  await run();
  expect(held.hasChanged("")).toBe(false);
});
