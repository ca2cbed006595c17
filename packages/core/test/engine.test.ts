import { DatabaseSynchronizationEngine } from "@sync/core";
import type { Policy, Progress, RowDiff, SyncEvent } from "@sync/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let engine: DatabaseSynchronizationEngine;
let events: SyncEvent[];
// Cases start threads.
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x'), (2, 9223372036854775807)",
  );
  events = [];
});
afterEach(async () => {
  await engine.close();
  pair.remove();
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe.each([true, false])("an engine with worker: %s", (worker) => {
  beforeEach(() => {
    engine = new DatabaseSynchronizationEngine({
      worker,
      stateDir: pair.stateDir,
      onEvent: (event) => events.push(event),
    });
  });

  it("synchronizes, asks the policy in the caller's thread, and tells what happened", async () => {
    await engine.sync(pair);
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1; UPDATE t SET v = 7 WHERE id = 2");
    pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 1");
    const seen: unknown[] = [];
    const policy = {
      name: "test",
      decide: (conflict: unknown) => {
        seen.push(conflict);
        return PREFER_A.decide(conflict as never, { nowMs: 0 });
      },
    };
    const progress: Progress[] = [];
    const report = await engine.sync(pair, { policy, onProgress: (one) => progress.push(one) });
    expect(report).toMatchObject({
      firstRun: false,
      policy: "test",
      conflicts: { resolved: 1, parked: 0 },
    });
    expect(seen).toMatchObject([
      { table: "t", key: { id: 1n }, a: { v: "A" }, b: { v: "B" }, base: { v: "x" } },
    ]);
    expect(pair.rows("b", "SELECT v FROM t")).toEqual([{ v: "A" }, { v: 7n }]);
    expect(progress.length).toBeGreaterThan(0);
    expect(events.map(({ event }) => event)).toEqual([
      "sync_start",
      "sync_complete",
      "sync_start",
      "conflict_skip",
      "sync_complete",
    ]);
  });

  it("tells a call's events to the listener of that call, where it has one", async () => {
    const heard: string[] = [];
    const onEvent = ({ event }: SyncEvent): void => void heard.push(event);
    await engine.sync(pair, { onEvent });
    await engine.resolve(pair, [], { onEvent });
    expect(heard).toEqual(["sync_start", "sync_complete", "sync_start"]);
    expect(events).toEqual([]);
  });

  it("gives differences as counts, rows and a patch", async () => {
    pair.edit("b", "UPDATE t SET v = 1.5 WHERE id = 2; INSERT INTO t VALUES (3, NULL)");
    const diff = await engine.diff(pair);
    expect(diff.tables).toEqual([{ table: "t", onlyInA: 0, onlyInB: 1, changed: 1, same: 1 }]);
    const rows: RowDiff[] = await collect(engine.diffRows(pair));
    expect(rows).toMatchObject([
      { key: { id: 2n }, a: { v: 9223372036854775807n }, b: { v: 1.5 }, changed: ["v"] },
      { key: { id: 3n }, a: null },
    ]);
    pair.edit("a", (await collect(engine.diffPatch(pair))).join("\n"));
    expect((await engine.diff(pair)).same).toBe(true);
    expect((await engine.validate([pair.a, pair.b])).ok).toBe(true);
  });

  it("lets a consumer of rows stop early and goes on working", async () => {
    pair.edit(
      "b",
      "INSERT INTO t SELECT value + 100, hex(randomblob(100)) FROM json_each('[' || replace(hex(zeroblob(2999)), '00', '1,') || '1]')".replace(
        "value",
        "key",
      ),
    );
    for await (const row of engine.diffRows(pair)) {
      expect(row.a).toBeNull();
      break;
    }
    expect((await engine.diff(pair)).tables[0]?.onlyInB).toBe(3000);
  });

  it("is cancelled by a signal, and leaves everything as before", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(engine.sync(pair, { signal: controller.signal })).rejects.toMatchObject({
      code: "SYNC_CANCELLED",
    });
    // While the policy thinks, the run waits for it: then it is surely not over when it is cancelled.
    pair.edit("b", "UPDATE t SET v = 'of b' WHERE id = 1");
    const later = new AbortController();
    const policy: Policy = {
      name: "cancelling",
      decide: () => {
        later.abort();
        return { type: "take", side: "a" };
      },
    };
    await expect(engine.sync(pair, { signal: later.signal, policy })).rejects.toMatchObject({
      code: "SYNC_CANCELLED",
    });
    expect(pair.rows("b", "SELECT v FROM t WHERE id = 1")).toEqual([{ v: "of b" }]);
    expect((await engine.sync(pair)).firstRun).toBe(true);
  });

  it("rejects with the code, the advice and an event", async () => {
    await expect(engine.sync({ a: pair.a, b: `${pair.b}.missing` })).rejects.toMatchObject({
      name: "SyncError",
      code: "SYNC_DB_MISSING",
    });
    expect(events.map(({ event }) => event)).toEqual(["sync_start", "sync_error"]);
  });
});

it("keeps the event loop free while it works in a thread of its own", async () => {
  engine = new DatabaseSynchronizationEngine({ stateDir: pair.stateDir });
  pair.edit(
    "a",
    "INSERT INTO t SELECT key + 100, hex(randomblob(200)) FROM json_each('[' || replace(hex(zeroblob(60000)), '00', '1,') || '1]')",
  );
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  await engine.sync(pair);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10);
});
