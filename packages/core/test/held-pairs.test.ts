import { renameSync, rmSync, copyFileSync } from "node:fs";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
let engine: DatabaseSynchronizationEngine;
// Cases start threads, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });

const NOTES = `CREATE TABLE note (id INTEGER PRIMARY KEY, v); CREATE TABLE other (id INTEGER PRIMARY KEY, v);
  INSERT INTO note VALUES (1, 'one'), (2, 'two')`;
const VALUES = "SELECT id, v FROM note ORDER BY 1";

afterEach(async () => {
  await engine.close();
  pair.remove();
});

describe.each([
  ["wal", true],
  ["delete", true],
  ["wal", false],
] as const)("a held pair in %s mode, worker: %s", (mode, worker) => {
  beforeEach(() => {
    pair = makePair(NOTES, mode);
    engine = new DatabaseSynchronizationEngine({ worker, stateDir: pair.stateDir });
  });

  it("has changed while nothing is known, and not after a run", async () => {
    expect(await engine.hasChanged(pair)).toBe(true);
    await engine.sync(pair);
    expect(await engine.hasChanged(pair)).toBe(false);
    expect(await engine.hasChanged({ a: pair.b, b: pair.a })).toBe(false);
  });

  it("has changed after any commit of somebody else, and not after our own", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    for (const side of ["a", "b"] as const) {
      pair.edit(side, "UPDATE note SET v = v || '!' WHERE id = 1");
      expect(await engine.hasChanged(pair)).toBe(true);
      await engine.sync(pair);
      expect(await engine.hasChanged(pair)).toBe(false);
    }
    expect(pair.rows("a", VALUES)).toEqual(pair.rows("b", VALUES));
    expect(pair.rows("a", VALUES)).toMatchObject([{ v: "one!!" }, { v: "two" }]);
  });

  it("has changed after a commit that came while the run was writing", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    pair.edit("a", "UPDATE note SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE note SET v = 'B' WHERE id = 1");
    const policy = {
      name: "test",
      decide: () => {
        pair.edit("a", "UPDATE note SET v = 'late' WHERE id = 2");
        return { type: "take", side: "a" } as const;
      },
    };
    await engine.sync(pair, { policy });
    expect(await engine.hasChanged(pair)).toBe(true);
    await engine.sync(pair);
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "A" }, { v: "late" }]);
    expect(await engine.hasChanged(pair)).toBe(false);
  });

  it("has changed after a run of another connection", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    pair.edit("a", "INSERT INTO note VALUES (3, 'three')");
    await pair.sync();
    expect(await engine.hasChanged(pair)).toBe(true);
    await engine.sync(pair);
    expect(await engine.hasChanged(pair)).toBe(false);
  });

  it("has changed where a file was replaced, removed, or come back", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    pair.edit("a", "PRAGMA wal_checkpoint(TRUNCATE)");
    copyFileSync(pair.a, `${pair.a}.new`);
    renameSync(`${pair.a}.new`, pair.a);
    expect(await engine.hasChanged(pair)).toBe(true);
    // An application writes to the new file: the old one is nobody's any more.
    pair.edit("a", "UPDATE note SET v = 'new file' WHERE id = 1");
    await engine.sync(pair);
    expect(pair.rows("b", VALUES)).toMatchObject([{ v: "new file" }, { v: "two" }]);
    expect(await engine.hasChanged(pair)).toBe(false);

    renameSync(pair.a, `${pair.a}.away`);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${pair.a}${suffix}`, { force: true });
    expect(await engine.hasChanged(pair)).toBe(true);
    await expect(engine.sync(pair)).rejects.toMatchObject({ code: "SYNC_DB_MISSING" });
    expect(await engine.hasChanged(pair)).toBe(true);
    renameSync(`${pair.a}.away`, pair.a);
    expect(await engine.hasChanged(pair)).toBe(true);
    await engine.sync(pair);
    expect(await engine.hasChanged(pair)).toBe(false);
  });

  it("says of a run of some tables nothing about the others", async () => {
    await engine.hold(pair);
    await engine.sync(pair, { tables: ["note"] });
    expect(await engine.hasChanged(pair)).toBe(true);
    expect(await engine.hasChanged(pair, { tables: ["NOTE"] })).toBe(false);
    expect(await engine.hasChanged(pair, { tables: ["other"] })).toBe(true);
    await engine.sync(pair);
    expect(await engine.hasChanged(pair, { tables: ["other"] })).toBe(false);
  });

  it("knows nothing after it was released, and closes its files", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    await engine.release(pair);
    await engine.release(pair);
    pair.edit("a", "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL");
    expect(pair.rows("a", "PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
    expect(await engine.hasChanged(pair)).toBe(true);
  });

  it("takes runs one after the other", async () => {
    await engine.hold(pair);
    await engine.sync(pair);
    pair.edit("a", "UPDATE note SET v = 'A' WHERE id = 1");
    pair.edit("b", "UPDATE note SET v = 'B' WHERE id = 1");
    const order: string[] = [];
    const policy = {
      name: "test",
      decide: () => {
        order.push("asked");
        return Promise.resolve({ type: "take", side: "a" } as const);
      },
    };
    const runs = [1, 2, 3].map(async (n) => {
      await engine.sync(pair, { policy });
      order.push(`done ${n}`);
    });
    await Promise.all(runs);
    expect(order).toEqual(["asked", "done 1", "done 2", "done 3"]);
  });
});
