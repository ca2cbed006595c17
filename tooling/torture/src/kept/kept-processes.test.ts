import childProcess from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { expect, onTestFinished, test } from "vitest";
import { keepProcesses } from "./kept-processes.ts";

/** Starting processes takes its time on a busy machine. */
const PATIENT = { timeout: 60_000 };

const PAIR = ["a", "b"] as const;

/** Two databases in rollback mode, which runs have synced by a process, and a state that remembers pages. */
function createPair(): { readonly a: string; readonly b: string; readonly stateDir: string } {
  const folder = mkdtempSync(join(tmpdir(), "kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const side of PAIR) {
    const db = new Database(join(folder, side));
    db.exec("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)");
    db.close();
  }
  return { a: join(folder, "a"), b: join(folder, "b"), stateDir: join(folder, "state") };
}

/** Counts the processes that are really started from now on. */
function countStarts(): () => number {
  const { spawn } = childProcess;
  let starts = 0;
  Object.assign(childProcess, {
    spawn: (...args: Parameters<typeof spawn>) => {
      starts += 1;
      return spawn(...args);
    },
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(childProcess, { spawn });
    syncBuiltinESMExports();
  });
  return () => starts;
}

/** An edit, a run and a look, each with processes of the product's own. */
async function goRound(
  { a, b, stateDir }: ReturnType<typeof createPair>,
  id: number,
): Promise<void> {
  const db = new Database(a);
  db.prepare("INSERT INTO notes VALUES (?, 'new')").run(id);
  db.close();
  const engine = new DatabaseSynchronizationEngine({ worker: false, stateDir });
  const seen = await engine.diff({ a, b }, { scan: "pages" });
  expect(seen.tables[0]?.onlyInA).toBe(1);
  const { tables } = await engine.sync({ a, b }, { scan: "pages" });
  expect(tables[0]?.toB.inserted).toBe(1);
  await engine.close();
}

test("runs share the processes that they start, and may be told not to", PATIENT, async () => {
  const pair = createPair();
  const starts = countStarts();
  await goRound(pair, 1);
  const alone = starts();
  const kept = keepProcesses();
  onTestFinished(() => kept.close());
  await goRound(pair, 2);
  const first = starts() - alone;
  expect(first).toBeGreaterThan(0);
  for (const id of [3, 4, 5]) await goRound(pair, id);
  expect(starts() - alone).toBe(first);
  await kept.without(async () => goRound(pair, 6));
  expect(starts() - alone).toBeGreaterThan(first);
});

test("a process that died is not lent again", PATIENT, async () => {
  const pair = createPair();
  const kept = keepProcesses();
  onTestFinished(() => kept.close());
  await goRound(pair, 1);
  const [child] = kept.idle();
  expect(child).toBeDefined();
  for (const one of kept.idle()) {
    const ended = new Promise((resolve) => one.once("exit", resolve));
    one.kill("SIGKILL");
    await ended;
  }
  expect(kept.idle()).toEqual([]);
  await goRound(pair, 2);
});
