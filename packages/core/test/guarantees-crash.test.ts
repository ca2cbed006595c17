import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { dumpDatabase } from "@sync/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { STEPS } from "../src/engine/steps.ts";
import type { Step } from "../src/engine/steps.ts";
import { dumpSchema } from "./databases.ts";
import { queryState } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const CHILD = fileURLToPath(new URL("crash-child.mjs", import.meta.url));

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const TABLES = `CREATE TABLE t (id INTEGER PRIMARY KEY, u UNIQUE, v); CREATE TABLE bag (v); CREATE TABLE log (id INTEGER PRIMARY KEY, v);
  CREATE TRIGGER logs AFTER UPDATE ON t BEGIN INSERT INTO log (v) VALUES (new.v); END;
  INSERT INTO t VALUES (1, 'a', 'old'), (2, 'b', 'old'), (3, 'c', 'old'); INSERT INTO bag VALUES (1), (1)`;

/** Runs in another process, which kills itself at a step. */
function runUntil(killAt: Step | null): void {
  const { a, b, stateDir } = pair;
  const call = JSON.stringify({ a, b, stateDir, killAt, policy: "prefer-b" });
  const child = spawnSync(process.execPath, [CHILD, call], { encoding: "utf8" });
  if (child.status !== 0 && child.signal === null) throw new Error(child.stderr);
  expect(child.signal).toBe(killAt === null ? null : "SIGKILL");
}

const look = (): unknown[] =>
  [pair.a, pair.b].map((path) => [dumpDatabase(path), dumpSchema(path)]);

function prepare(mode: string): void {
  pair = makePair(TABLES, mode);
  runUntil(null);
  pair.edit(
    "a",
    "UPDATE t SET u = NULL WHERE id = 1; UPDATE t SET u = 'a', v = 'A' WHERE id = 2; DELETE FROM bag WHERE rowid = 1",
  );
  pair.edit(
    "b",
    "UPDATE t SET v = 'B' WHERE id = 2; DELETE FROM t WHERE id = 3; INSERT INTO bag VALUES (2)",
  );
}

const UNWRITTEN = STEPS.slice(0, STEPS.indexOf("committed"));
const WRITTEN = STEPS.slice(STEPS.indexOf("committed"));

describe.each(["wal", "delete"])("the sides right after a kill, in %s mode", (mode) => {
  it.each(UNWRITTEN)("at %s hold what they held before, triggers included", (step) => {
    prepare(mode);
    const before = look();
    runUntil(step);
    expect(look()).toEqual(before);
  });

  it.each(WRITTEN)("at %s hold the result, all of it", (step) => {
    prepare(mode);
    runUntil(null);
    const result = look();
    pair.remove();
    prepare(mode);
    runUntil(step);
    expect(look()).toEqual(result);
  });
});

it.each(STEPS.slice(0, STEPS.indexOf("remembered")))(
  "at %s the base and the ledger still say what was true before the run",
  (step) => {
    prepare("wal");
    runUntil(step);
    expect(queryState(pair, `SELECT id, u, v FROM "base:t"`)).toEqual([
      { id: 1, u: "a", v: "old" },
      { id: 2, u: "b", v: "old" },
      { id: 3, u: "c", v: "old" },
    ]);
    expect(queryState(pair, "SELECT * FROM sync_ledger WHERE status = 'final'")).toEqual([]);
  },
);

it.each(["drafted", "planned", "committed", "remembering"] as const)(
  "a first run that was killed at %s is no base: what is deleted after it comes back",
  (step) => {
    pair = makePair(TABLES);
    pair.edit("a", "INSERT INTO t VALUES (9, 'z', 'new')");
    runUntil(step);
    pair.edit("a", "DELETE FROM t WHERE id = 1");
    pair.edit("b", "DELETE FROM bag");
    runUntil(null);
    expect(pair.rows("a", "SELECT id FROM t ORDER BY 1")).toEqual([
      { id: 1n },
      { id: 2n },
      { id: 3n },
      { id: 9n },
    ]);
    expect(pair.rows("b", "SELECT count(*) AS n FROM bag")).toEqual([{ n: 2n }]);
    expect(look()[0]).toEqual(look()[1]);
  },
);
