import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { integrityOf } from "@sync/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ByHand, UndoTarget } from "../src/index.ts";
import { DatabaseSynchronizationEngine } from "../src/index.ts";
import { STEPS } from "../src/engine/steps.ts";
import type { Step } from "../src/engine/steps.ts";
import { inboxOf, queryState } from "./state-probe.ts";
import { makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const CHILD = fileURLToPath(new URL("crash-by-hand-child.mjs", import.meta.url));

let pair: TestPair;
// Each case starts a process, and syncs files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w TEXT UNIQUE);
  CREATE TABLE log (id INTEGER PRIMARY KEY, what);
  CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log (what) VALUES (new.v); END;
  INSERT INTO t VALUES (1, 'old', 'u1'), (2, 'old', 'u2'), (3, 'old', 'u3')`;
const EDITS = {
  a: "UPDATE t SET v = 'A1' WHERE id = 1; UPDATE t SET v = 'A2' WHERE id = 2; UPDATE t SET v = 'A3' WHERE id = 3",
  b: "UPDATE t SET v = CAST(x'ff' AS TEXT) WHERE id = 1; DELETE FROM t WHERE id = 2; UPDATE t SET v = 'B3' WHERE id = 3",
};
const ALL = "SELECT id, typeof(v) AS c, hex(CAST(v AS BLOB)) AS v, w FROM t ORDER BY id";

interface Hand {
  readonly decisions?: readonly ByHand[];
  readonly target?: UndoTarget;
}

async function park(mode: string): Promise<void> {
  pair = makePair(SCHEMA, mode);
  await pair.sync();
  pair.edit("a", EDITS.a);
  pair.edit("b", EDITS.b);
  await pair.sync();
}

/** Two of the three conflicts are decided; the third one waits. */
function decisions(): ByHand[] {
  const [first, second] = inboxOf(pair);
  return [
    { id: first?.id ?? 0, decision: { type: "take", from: "b" } },
    { id: second?.id ?? 0, decision: { type: "set", columns: { v: "typed" }, rest: "a" } },
  ];
}

async function lose(mode: string): Promise<UndoTarget> {
  await park(mode);
  // A third value for one row, so that what comes back was neither side's.
  const { report } = await pair.sync({
    policy: policyOf(({ key }) =>
      key["id"] === 3n ? { type: "park" } : { type: "take", side: "a" },
    ),
  });
  return { run: report.runId };
}

function killed(hand: Hand, killAt: Step): void {
  const { a, b, stateDir } = pair;
  const call = JSON.stringify({ a, b, stateDir, killAt, ...hand });
  const child = spawnSync(process.execPath, [CHILD, call], { encoding: "utf8" });
  if (child.signal !== "SIGKILL") throw new Error(`not killed: ${child.stderr}`);
}

async function carryOut({ decisions: decided, target }: Hand): Promise<void> {
  const settings = { stateDir: pair.stateDir, worker: false, now: () => 1_700_000_000_000 };
  const engine = new DatabaseSynchronizationEngine(settings);
  if (decided !== undefined) await engine.resolve(pair, decided);
  if (target !== undefined) await engine.undo(pair, target);
}

function expectSound(): void {
  for (const side of ["a", "b"] as const)
    expect(integrityOf(pair[side])).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
}

const rows = (): unknown[] => [pair.rows("a", ALL), pair.rows("b", ALL)];
const lost = (): unknown[] =>
  queryState(
    pair,
    "SELECT tbl, lost, policy, status FROM sync_ledger ORDER BY policy, lost, conflict",
  );
const waiting = (): unknown[] =>
  queryState(
    pair,
    `SELECT k.id FROM sync_conflict AS c JOIN "kept:t" AS k ON k."⟨sync⟩ owner" = c.id AND k."⟨sync⟩ image" = 'a' WHERE c.status = 'parked'`,
  );

/** What an uninterrupted one gives, and the run after it. */
async function uninterrupted(prepare: () => Promise<Hand>): Promise<unknown> {
  await carryOut(await prepare());
  await pair.sync();
  const result = { rows: rows(), lost: lost(), waiting: waiting() };
  pair.remove();
  return result;
}

describe.each(["wal", "delete"])("killed at any step, in %s mode,", (mode) => {
  it.each(STEPS)(
    "a decision by hand at %s is done or not, and done again comes to the same",
    async (step) => {
      const prepare = async (): Promise<Hand> => {
        await park(mode);
        return { decisions: decisions() };
      };
      const expected = await uninterrupted(prepare);
      const hand = await prepare();
      killed(hand, step);
      expectSound();
      // Whoever was interrupted looks what is still open, and decides that again.
      await pair.sync();
      await carryOut(hand);
      expect({ rows: rows(), lost: lost(), waiting: waiting() }).toEqual(expected);
      expect(waiting()).toHaveLength(1);
      expectSound();
    },
  );

  it.each(STEPS)(
    "what an undo gives back at %s is back or not, and undone again is back",
    async (step) => {
      const prepare = async (): Promise<Hand> => ({ target: await lose(mode) });
      const expected = await uninterrupted(prepare);
      const hand = await prepare();
      killed(hand, step);
      expectSound();
      await pair.sync({ policy: policyOf(() => undefined) });
      await carryOut(hand);
      expect({ rows: rows(), lost: lost(), waiting: waiting() }).toEqual(expected);
      expectSound();
    },
  );
});
