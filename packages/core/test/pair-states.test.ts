import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exportState, importState } from "../src/backup/state-file.ts";
import { forgetState, listStates, moveStates } from "../src/state/pair-states.ts";
import { claimWatch } from "../src/state/watch-registry.ts";
import { writeSides } from "../src/state/sides.ts";
import { inboxOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

vi.setConfig({ testTimeout: 60_000 });

let pair: TestPair;
afterEach(() => pair.remove());

const TABLE =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x'), (2, 'x'), (3, 'x')";

/** A pair with one conflict that waits. */
async function makeKnownPair(): Promise<void> {
  pair = makePair(TABLE);
  await pair.sync();
  pair.edit("a", "UPDATE t SET v = 'of a' WHERE id = 1");
  pair.edit("b", "UPDATE t SET v = 'of b' WHERE id = 1");
  await pair.sync();
}

/** Moves side a to a path that sorts after b's. */
function moveA(): { a: string; b: string } {
  const a = join(dirname(pair.a), "z", "moved.db");
  mkdirSync(dirname(a));
  renameSync(pair.a, a);
  return { a, b: pair.b };
}

describe("what is remembered", () => {
  it("is listed by its databases", async () => {
    await makeKnownPair();
    expect(listStates(pair.stateDir)).toMatchObject([
      { a: pair.a, b: pair.b, isThere: true, runs: 2, openConflicts: 1, ledgerEntries: 0 },
    ]);
    expect(listStates(join(pair.stateDir, "none"))).toEqual([]);
  });

  it("goes with a database that was moved, though the sides sort the other way then", async () => {
    await makeKnownPair();
    const moved = moveA();
    expect(listStates(pair.stateDir)).toMatchObject([{ isThere: false }]);
    expect(moveStates(pair.stateDir, { from: pair.a, to: moved.a }, 100)).toEqual([
      { before: { a: pair.a, b: pair.b }, after: moved },
    ]);
    pair.edit("b", "DELETE FROM t WHERE id = 2");
    const { report } = await pair.sync({ pair: moved });
    expect(report).toMatchObject({ firstRun: false, conflicts: { parked: 1 } });
    expect(report.tables[0]?.toA).toEqual({ inserted: 0, updated: 0, deleted: 1 });
    expect(inboxOf(pair)).toHaveLength(1);
    // By either order of the names.
    const { report: other } = await pair.sync({ pair: { a: moved.b, b: moved.a } });
    expect(other.firstRun).toBe(false);
    expect(listStates(pair.stateDir)).toMatchObject([{ ...moved, isThere: true }]);
  });

  it("survives a move that was interrupted, before and after its one step", async () => {
    await makeKnownPair();
    const [folder = ""] = readdirSync(pair.stateDir);
    const path = join(pair.stateDir, folder);
    const next = { a: `${pair.a}.elsewhere`, b: pair.b };
    writeSides(path, { a: pair.a, b: pair.b, next });
    expect((await pair.sync()).report.firstRun).toBe(false);
    copyFileSync(pair.a, next.a);
    moveStates(pair.stateDir, { from: pair.a, to: next.a }, 100);
    const [renamed = ""] = readdirSync(pair.stateDir);
    writeSides(join(pair.stateDir, renamed), { a: pair.a, b: pair.b, next });
    expect((await pair.sync({ pair: next })).report.firstRun).toBe(false);
  });

  it("is not moved onto something else, to nothing, or from under a watcher", async () => {
    await makeKnownPair();
    const other = `${pair.a}.other`;
    const move = (from: string, to: string) => (): unknown =>
      moveStates(pair.stateDir, { from, to }, 100);
    expect(move(pair.a, other)).toThrow(expect.objectContaining({ code: "SYNC_DB_MISSING" }));
    copyFileSync(pair.a, other);
    expect(move(other, pair.a)).toThrow(expect.objectContaining({ code: "SYNC_USAGE" }));
    expect(move(pair.a, pair.b)).toThrow(expect.objectContaining({ code: "SYNC_SAME_FILE" }));
    await pair.sync({ pair: { a: other, b: pair.b } });
    expect(move(pair.a, other)).toThrow(expect.objectContaining({ code: "SYNC_USAGE" }));
    const claim = claimWatch([{ name: null, a: pair.a, b: pair.b }], {
      stateDir: pair.stateDir,
      socket: null,
      startedMs: 0,
    });
    expect(move(pair.a, `${pair.a}.other`)).toThrow(
      expect.objectContaining({ code: "SYNC_WATCHED" }),
    );
    claim.release();
  });

  it("is forgotten as a whole, and the next run is a first one", async () => {
    await makeKnownPair();
    expect(forgetState(pair.stateDir, pair, 100)).toMatchObject({ openConflicts: 1 });
    expect(readdirSync(pair.stateDir)).toEqual([]);
    expect(() => forgetState(pair.stateDir, pair, 100)).toThrow(
      expect.objectContaining({ code: "SYNC_USAGE" }),
    );
    expect((await pair.sync()).report.firstRun).toBe(true);
  });

  it("goes to other databases through a file", async () => {
    await makeKnownPair();
    const file = join(dirname(pair.a), "pair.state");
    const call = { stateDir: pair.stateDir, pair, file, busyTimeoutMs: 100 };
    await exportState(call);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(exportState(call)).rejects.toMatchObject({ code: "SYNC_USAGE" });
    const there = { a: `${pair.b}.there-a`, b: `${pair.a}.there-b` };
    copyFileSync(pair.a, there.a);
    copyFileSync(pair.b, there.b);
    const stateDir = join(dirname(pair.a), "other-state");
    expect(await importState({ ...call, stateDir, pair: there })).toEqual(there);
    const { report } = await pair.sync({ stateDir, pair: there });
    expect(report).toMatchObject({ firstRun: false, conflicts: { parked: 1 } });
    await expect(importState({ ...call, stateDir, pair: there })).rejects.toMatchObject({
      code: "SYNC_USAGE",
    });
    await expect(
      importState({ ...call, stateDir, file: pair.a, pair: there }),
    ).rejects.toMatchObject({ code: "SYNC_USAGE" });
    expect(existsSync(`${file}.part`)).toBe(false);
  });
});
