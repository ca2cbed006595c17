import { setImmediate } from "node:timers/promises";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { createWorkers } from "@sync/core/workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let started = 0;
const count = (): void => void started++;

beforeEach(() => {
  pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one')");
  started = 0;
  process.on("worker", count);
});

afterEach(() => {
  process.off("worker", count);
  pair.remove();
});

describe("threads that were started before the engine", () => {
  it("carry out the calls of one engine after the other, and are nobody's but their owner's", async () => {
    const workers = createWorkers();
    workers.prepare("sync");
    for (let turn = 0; turn < 3; turn++) {
      const engine = new DatabaseSynchronizationEngine({ workers, stateDir: pair.stateDir });
      expect(await engine.sync(pair)).toMatchObject({ firstRun: turn === 0 });
      expect(await engine.conflicts(pair)).toEqual([]);
      await engine.close();
    }
    expect(started).toBe(1);
    await workers.close();
  });

  it("end their call before an engine that uses them is closed", async () => {
    const workers = createWorkers();
    const engine = new DatabaseSynchronizationEngine({ workers, stateDir: pair.stateDir });
    let isDone = false;
    const call = engine.diff(pair).then(() => (isDone = true));
    await engine.close();
    // What waits for the call hears of it in the same turn.
    await setImmediate();
    expect(isDone).toBe(true);
    await call;
    await workers.close();
  });

  it("can be made ready for any call", async () => {
    const workers = createWorkers();
    for (const work of ["diff", "sync", "conflicts", "ledger"] as const) workers.prepare(work);
    const engine = new DatabaseSynchronizationEngine({ workers, stateDir: pair.stateDir });
    expect((await engine.diff(pair)).same).toBe(true);
    expect((await engine.ledger(pair)).entries).toEqual([]);
    await engine.close();
    await workers.close();
    expect(started).toBe(1);
  });
});
