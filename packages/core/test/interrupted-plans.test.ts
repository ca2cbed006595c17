import Database from "better-sqlite3";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { listLedger } from "../src/engine/ledger.ts";
import type { LedgerPage } from "../src/engine/ledger.ts";
import { runHalfCommitted, runKilled } from "./crash-run.ts";
import { inboxOf, lostValues, queryState } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

const PREFER_B = policyOf(() => ({ type: "take", side: "b" }));
const DELETE = policyOf(() => ({ type: "delete" }));
const FORTY = "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)";
/** A row to disagree about, and a table whose deletions the guard stops. */
const GUARDED = `CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (id INTEGER PRIMARY KEY);
  INSERT INTO t VALUES (1, 'old'), (2, 'old'); ${FORTY} INSERT INTO u SELECT i FROM n`;

function expectRows(table: string, rows: readonly object[]): void {
  for (const side of ["a", "b"] as const)
    expect(pair.rows(side, `SELECT * FROM ${table}`)).toEqual(rows);
}

function changeBoth(a: string, b: string): void {
  pair.edit("a", a);
  pair.edit("b", b);
}

async function expectGuarded(options: Parameters<TestPair["sync"]>[0] = {}): Promise<void> {
  await expect(pair.sync(options)).rejects.toMatchObject({ code: "SYNC_MAX_DELETE" });
}

describe("a run that the guard stopped", () => {
  it("leaves no draft for a later crash of other tables to take up", async () => {
    pair = makePair(GUARDED);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'x' WHERE id = 1; DELETE FROM u WHERE id < 39");
    await expectGuarded();
    changeBoth("UPDATE t SET v = 'old' WHERE id = 1", "UPDATE t SET v = 'x' WHERE id = 1");
    runKilled(pair, { killAt: "planned", policy: "prefer-b", tables: ["u"] });
    await pair.sync({ maxDeletePercent: 100 });
    expectRows("t", [
      { id: 1n, v: "x" },
      { id: 2n, v: "old" },
    ]);
    expectRows("u", [{ id: 39n }, { id: 40n }]);
  });

  it("asks again what it had decided", async () => {
    pair = makePair(GUARDED);
    await pair.sync();
    changeBoth("UPDATE t SET v = 'A' WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1");
    await pair.sync();
    pair.edit("a", "DELETE FROM u");
    await expectGuarded({ policy: PREFER_B });
    const { report } = await pair.sync({ policy: PREFER_B, maxDeletePercent: 100 });
    expect(report.conflicts).toEqual({ resolved: 1, parked: 0 });
    expectRows("t", [
      { id: 1n, v: "B" },
      { id: 2n, v: "old" },
    ]);
    expect(lostValues(pair, "t", "v")).toEqual([{ lost: "a", status: "final", value: "A" }]);
  });

  it("with an explicit ancestor that has a table less keeps what is remembered of it", async () => {
    pair = makePair(GUARDED);
    const base = join(dirname(pair.a), "base.db");
    const db = new Database(base);
    db.exec(`CREATE TABLE u (id INTEGER PRIMARY KEY); ${FORTY} INSERT INTO u SELECT i FROM n`);
    db.close();
    await pair.sync();
    pair.edit("a", "DELETE FROM t WHERE id = 1; DELETE FROM u");
    await expectGuarded({ base });
    await pair.sync({ maxDeletePercent: 100 });
    expectRows("t", [{ id: 2n, v: "old" }]);
  });

  it("leaves nothing of its conflicts to those of a later run", async () => {
    pair =
      makePair(`CREATE TABLE t (k TEXT, l TEXT, email TEXT UNIQUE, PRIMARY KEY (k, l)); CREATE TABLE u (id INTEGER PRIMARY KEY);
      INSERT INTO t VALUES ('k', 'k', 'm'); ${FORTY} INSERT INTO u SELECT i FROM n`);
    await pair.sync();
    changeBoth(
      "UPDATE t SET email = 'ma'; INSERT INTO t VALUES ('a', 'a', 'x1'), ('b', 'b', 'x2'), ('c', 'c', 'x3'); DELETE FROM u",
      "UPDATE t SET email = 'mb'; INSERT INTO t VALUES ('a', 'a', 'y1'), ('b', 'b', 'y2'), ('c', 'c', 'y3')",
    );
    await expectGuarded();
    await pair.sync({ tables: ["u"], maxDeletePercent: 100 });
    changeBoth(
      "UPDATE t SET email = 'mb' WHERE k = 'k'; UPDATE t SET email = 'y' || substr(email, 2) WHERE email LIKE 'x_'; INSERT INTO t VALUES (NULL, 'n1', 'e')",
      "INSERT INTO t VALUES (NULL, 'n2', 'e')",
    );
    const { report } = await pair.sync();
    expect(report.tables.find(({ table }) => table === "t")).toMatchObject({
      agreed: 4,
      conflicts: { resolved: 0, parked: 2 },
    });
    expect(inboxOf(pair).map(({ kind }) => kind)).toEqual(["unique", "unique"]);
  });
});

it("a row that moved underfoot does not park what was decided beside it", async () => {
  pair = makePair(GUARDED);
  await pair.sync();
  changeBoth("UPDATE t SET v = 'A' WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1");
  await pair.sync();
  pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 2");
  let isMoved = false;
  const { report } = await pair.sync({
    policy: PREFER_B,
    onStep: (step) => {
      if (step !== "planned" || isMoved) return;
      isMoved = true;
      pair.edit("b", "UPDATE t SET v = 'B' WHERE id = 2");
    },
  });
  expect(report.conflicts).toEqual({ resolved: 2, parked: 0 });
  expectRows("t", [
    { id: 1n, v: "B" },
    { id: 2n, v: "B" },
  ]);
});

describe("a run of which one side's commit survived", () => {
  it("keeps the value that it overwrote there, though the side now holds what the other does", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v, w); INSERT INTO t VALUES (1, 'old', 'old')",
    );
    await pair.sync();
    changeBoth("UPDATE t SET v = 'A', w = 'lost'", "UPDATE t SET w = 'B'");
    runHalfCommitted(pair, { policy: "prefer-b" });
    await pair.sync({ policy: PREFER_B });
    expectRows("t", [{ id: 1n, v: "A", w: "B" }]);
    expect(lostValues(pair, "t", "w")).toEqual([{ lost: "a", status: "final", value: "lost" }]);
  });

  it("keeps the value of a row that it deleted there", async () => {
    pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'old')");
    await pair.sync();
    changeBoth("UPDATE t SET v = 'A'", "UPDATE t SET v = 'B'");
    runHalfCommitted(pair, { policy: "delete" });
    await pair.sync({ policy: DELETE });
    expectRows("t", []);
    expect(lostValues(pair, "t", "v")).toEqual([
      { lost: "a", status: "final", value: "A" },
      { lost: "b", status: "final", value: "B" },
    ]);
  });
});

describe("a table that was changed after an interruption", () => {
  it("on one side, and left out of the next run, keeps its place in the ledger", async () => {
    pair = makePair(GUARDED);
    await pair.sync();
    changeBoth("UPDATE t SET v = 'lost' WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1");
    runKilled(pair, { killAt: "committed", policy: "prefer-b" });
    pair.edit("a", "ALTER TABLE t ADD COLUMN w");
    await pair.sync({ policy: PREFER_B, tables: ["u"] });
    pair.edit("b", "ALTER TABLE t ADD COLUMN w");
    changeBoth("UPDATE t SET v = 'A' WHERE id = 1", "UPDATE t SET v = 'B2' WHERE id = 1");
    await pair.sync({ policy: PREFER_B });
    expect(lostValues(pair, "t", "v")).toEqual([
      { lost: "a", status: "final", value: "lost" },
      { lost: "a", status: "final", value: "A" },
    ]);
    expect(inboxOf(pair)).toEqual([]);
  });

  it.each(["planned", "committed"] as const)(
    "on both sides does not stop the next run, killed at %s",
    async (killAt) => {
      pair = makePair(GUARDED);
      await pair.sync();
      pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
      runKilled(pair, { killAt, policy: "prefer-b" });
      changeBoth("ALTER TABLE t ADD COLUMN w", "ALTER TABLE t ADD COLUMN w");
      await pair.sync();
      expectRows("t", [
        { id: 1n, v: "A", w: null },
        { id: 2n, v: "old", w: null },
      ]);
      expect((await pair.sync({ lineage: "forget" })).report.conflicts.parked).toBe(0);
    },
  );
});

it("a round that was given up leaves no images behind", async () => {
  pair = makePair(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x'), (2, 'y')",
  );
  await pair.sync();
  pair.edit("a", "UPDATE t SET v = 'A'");
  pair.edit("b", "UPDATE t SET v = 'B'");
  let rounds = 0;
  const onStep = (step: string): void => {
    if (step !== "planned" || (rounds += 1) > 2) return;
    pair.edit("b", `UPDATE t SET v = 'B${rounds}' WHERE id = 2`);
  };
  await pair.sync({ policy: PREFER_A, onStep });
  expect(rounds).toBe(3);
  const strays = `SELECT count(*) AS n FROM "kept:t" WHERE "⟨sync⟩ owner" NOT IN (SELECT id FROM sync_conflict)`;
  expect(queryState(pair, strays)).toEqual([{ n: 0 }]);
});

it("a ledger says that a run was interrupted, whose losses it does not list yet", async () => {
  pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'old')");
  await pair.sync();
  changeBoth("UPDATE t SET v = 'A'", "UPDATE t SET v = 'B'");
  runKilled(pair, { killAt: "committed", policy: "prefer-b" });
  const look = (): LedgerPage =>
    listLedger({ pair, stateDir: pair.stateDir, busyTimeoutMs: 1000 }, {});
  expect(look()).toEqual({ entries: [], total: 0, isUnfinished: true });
  await pair.sync();
  expect(look()).toMatchObject({
    entries: [{ a: { id: 1n, v: "A" }, side: "a", winner: "b" }],
    isUnfinished: false,
  });
});

describe("a run whose decisions cannot be repeated, killed before it wrote anything", () => {
  const STOCK = `CREATE TABLE t (id INTEGER PRIMARY KEY, stock INTEGER); ${FORTY} INSERT INTO t SELECT i, 10 FROM n`;

  it.each([1, 2, 3, 4])("is not taken for committed after VACUUM, %d times", async (times) => {
    pair = makePair(STOCK);
    await pair.sync();
    changeBoth("UPDATE t SET stock = 12 WHERE id < 3", "UPDATE t SET stock = 15 WHERE id < 3");
    runKilled(pair, { killAt: "verified", policy: "sum" });
    for (let time = 0; time < times; time += 1) pair.edit("a", "VACUUM");
    await pair.sync();
    await pair.sync();
    const rows = "SELECT id, stock FROM t WHERE id < 3";
    // Nobody was asked about them now: each side keeps its own, and both edits wait to be decided.
    expect(pair.rows("a", rows)).toEqual([
      { id: 1n, stock: 12n },
      { id: 2n, stock: 12n },
    ]);
    expect(pair.rows("b", rows)).toEqual([
      { id: 1n, stock: 15n },
      { id: 2n, stock: 15n },
    ]);
    expect(inboxOf(pair)).toHaveLength(2);
  });
});
