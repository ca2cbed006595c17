import { renameSync } from "node:fs";
import { DatabaseSynchronizationEngine } from "@sync/core";
import type { EngineOptions, RealtimeOptions } from "@sync/core";
import { SyncError } from "@sync/model";
import type { SyncEvent, SyncReport } from "@sync/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let engine: DatabaseSynchronizationEngine;
// Cases start threads, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

const NOTES =
  "CREATE TABLE note (id INTEGER PRIMARY KEY, v); INSERT INTO note VALUES (1, 'one'), (2, 'two')";
const VALUES = "SELECT id, v FROM note ORDER BY 1";

/** What the loop told, and ways to wait for it. */
function createEar(): {
  readonly options: Pick<RealtimeOptions, "onReport" | "onError">;
  readonly reports: SyncReport[];
  readonly errors: SyncError[];
  until(isEnough: () => boolean): Promise<void>;
} {
  const reports: SyncReport[] = [];
  const errors: SyncError[] = [];
  let heard = (): void => undefined;
  return {
    reports,
    errors,
    options: {
      onReport: (report) => {
        reports.push(report);
        heard();
      },
      onError: (error) => {
        errors.push(error);
        heard();
      },
    },
    until: async (isEnough) =>
      new Promise((resolve) => {
        heard = () => {
          if (isEnough()) resolve();
        };
        heard();
      }),
  };
}

function makeEngine(options: EngineOptions = {}): DatabaseSynchronizationEngine {
  return new DatabaseSynchronizationEngine({ stateDir: pair.stateDir, ...options });
}

afterEach(async () => {
  await engine.close();
  pair.remove();
});

describe.each([true, false])("keeping a pair in step, worker: %s", (worker) => {
  beforeEach(() => {
    pair = makePair(NOTES);
    engine = makeEngine({ worker });
  });

  it("runs when a side changes, and not otherwise", async () => {
    const ear = createEar();
    await engine.startRealtimeSync(pair, { pollMs: 5, ...ear.options });
    await ear.until(() => ear.reports.length === 1);
    pair.edit("a", "UPDATE note SET v = 'A' WHERE id = 1");
    await ear.until(() => ear.reports.length === 2);
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "A" }, { v: "two" }]);
    pair.edit("b", "DELETE FROM note WHERE id = 2");
    await ear.until(() => ear.reports.length === 3);
    expect(pair.rows("a", VALUES)).toMatchObject([{ v: "A" }]);
    expect(ear.reports.map(({ tables }) => tables[0]?.copied)).toEqual([0, 1, 1]);
    expect(ear.errors).toEqual([]);
  });

  it("is stopped, also by a signal, and can be started again", async () => {
    const ear = createEar();
    await engine.startRealtimeSync([pair], { pollMs: 5, ...ear.options });
    await ear.until(() => ear.reports.length === 1);
    await engine.stopRealtimeSync(pair);
    pair.edit("a", "UPDATE note SET v = 'unseen' WHERE id = 1");
    const stop = new AbortController();
    const again = createEar();
    await engine.startRealtimeSync(pair, { pollMs: 5, signal: stop.signal, ...again.options });
    await again.until(() => again.reports.length === 1);
    expect(again.reports[0]?.tables[0]).toMatchObject({ copied: 1 });
    expect(ear.reports).toHaveLength(1);
    stop.abort();
    await engine.stopRealtimeSync();
    await engine.startRealtimeSync(pair, again.options);
    await again.until(() => again.reports.length === 2);
  });

  it("refuses a pair that it keeps in step already, and starts none of them", async () => {
    const other = { a: pair.b, b: pair.a };
    const twice = engine.startRealtimeSync([pair, other]);
    await expect(twice).rejects.toMatchObject({ code: "SYNC_USAGE" });
    await engine.startRealtimeSync(pair);
    await expect(engine.startRealtimeSync(other)).rejects.toMatchObject({ code: "SYNC_USAGE" });
    await expect(engine.startRealtimeSync(pair, { pollMs: 0 })).rejects.toMatchObject({
      code: "SYNC_USAGE",
    });
    await expect(engine.startRealtimeSync([])).rejects.toMatchObject({ code: "SYNC_USAGE" });
    const forget = { lineage: "forget" } as const;
    await expect(engine.startRealtimeSync(pair, forget)).rejects.toMatchObject({
      code: "SYNC_USAGE",
    });
  });

  it("tells of a missing file once, and goes on when it is back", async () => {
    const ear = createEar();
    const events: SyncEvent[] = [];
    await engine.startRealtimeSync(pair, {
      pollMs: 5,
      onEvent: (event) => void events.push(event),
      ...ear.options,
    });
    await ear.until(() => ear.reports.length === 1);
    // Its log goes with the file, or the copy that comes back would be older.
    pair.edit("a", "PRAGMA wal_checkpoint(TRUNCATE)");
    renameSync(pair.a, `${pair.a}.away`);
    await ear.until(() => ear.errors.length === 1);
    expect(ear.errors).toMatchObject([{ code: "SYNC_DB_MISSING" }]);
    for (let n = 0; n < 20; n += 1) engine.wake(pair);
    pair.edit("b", "UPDATE note SET v = 'meanwhile' WHERE id = 2");
    renameSync(`${pair.a}.away`, pair.a);
    engine.wake(pair);
    await ear.until(() => ear.reports.some(({ tables }) => tables[0]?.copied === 1));
    expect(pair.rows("a", VALUES)).toMatchObject([{ v: "one" }, { v: "meanwhile" }]);
    expect(ear.errors).toHaveLength(1);
    expect(events.filter(({ event }) => event === "sync_error")).toHaveLength(1);
    expect(events[0]?.event).toBe("watch_start");
  });

  it("is woken for one pair or for all, and never runs twice at once", async () => {
    const ear = createEar();
    let running = 0;
    const policy = {
      name: "test",
      decide: async () => {
        running += 1;
        expect(running).toBe(1);
        engine.wake();
        await Promise.resolve();
        running -= 1;
        return { type: "take", side: "a" } as const;
      },
    };
    // Nobody lives to see the second poll.
    await engine.startRealtimeSync(pair, { pollMs: 2 ** 31 - 1, policy, ...ear.options });
    await ear.until(() => ear.reports.length === 1);
    pair.edit("a", "UPDATE note SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE note SET v = 'B' WHERE id = 1");
    engine.wake(pair);
    await ear.until(() => ear.reports.length === 2);
    pair.edit("a", "UPDATE note SET v = 'A2' WHERE id = 1");
    engine.wake();
    await ear.until(() => ear.reports.length === 3);
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "A2" }, { v: "two" }]);
  });
});

it("tries a pair again that was locked though the clock is set back meanwhile", async () => {
  pair = makePair(NOTES);
  const { now } = Date;
  let setBackMs = 0;
  vi.spyOn(Date, "now").mockImplementation(() => now() - setBackMs);
  engine = makeEngine({ worker: false });
  vi.spyOn(engine, "sync").mockImplementationOnce(async () => {
    // When it is known when it will be tried again.
    setImmediate(() => (setBackMs = 86_400_000));
    return Promise.reject(new SyncError("SYNC_LOCKED", "somebody is quick"));
  });
  const ear = createEar();
  pair.edit("a", "INSERT INTO note VALUES (3, 'three')");
  await engine.startRealtimeSync(pair, { pollMs: 20, ...ear.options });
  await ear.until(() => ear.reports.length > 0);
  expect(pair.rows("b", VALUES)).toEqual(pair.rows("a", VALUES));
  vi.restoreAllMocks();
});
