import { afterEach, describe, expect, it } from "vitest";
import type { HandDecision } from "../src/reconcile/by-hand.ts";
import { DatabaseSynchronizationEngine } from "../src/index.ts";
import { runLimited } from "../src/engine/limited-call.ts";
import { plansDuring, readsLargeTable } from "./statement-plans.ts";
import { inboxOf, queryState, traceOf } from "./state-probe.ts";
import { PREFER_A, makePair, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TABLE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w, u INTEGER UNIQUE);
  INSERT INTO t VALUES (1, 'old', 'o', 10), (2, 'old', 'o', 20), (3, 'old', 'o', 30), (4, 'old', 'o', 40)`;
const ALL = "SELECT * FROM t ORDER BY id";

function engine(): DatabaseSynchronizationEngine {
  return new DatabaseSynchronizationEngine({
    stateDir: pair.stateDir,
    worker: false,
    // As the runs of the pair: much later, what lost would be forgotten.
    now: () => 1_700_000_000_000,
  });
}

async function park(a: string, b: string, table = TABLE): Promise<void> {
  pair = makePair(table);
  await pair.sync();
  pair.edit("a", a);
  pair.edit("b", b);
  await pair.sync();
}

async function decide(decision: HandDecision, id?: number) {
  const [entry] = inboxOf(pair);
  return engine().resolve(pair, [{ id: id ?? entry?.id ?? 0, decision }]);
}

function expectBoth(sql: string, rows: readonly unknown[]): void {
  expect(pair.rows("a", sql)).toEqual(rows);
  expect(pair.rows("b", sql)).toEqual(rows);
}

const ROW1 = "SELECT v, w FROM t WHERE id = 1";
const BOTH = [
  "UPDATE t SET v = 'A', w = 'wa' WHERE id = 1",
  "UPDATE t SET v = 'B' WHERE id = 1",
] as const;

describe("deciding by hand", () => {
  const decisions: readonly (readonly [string, HandDecision, readonly unknown[]])[] = [
    ["a", { type: "take", from: "a" }, [{ v: "A", w: "wa" }]],
    // What only one side changed is not in dispute: it merges.
    ["b", { type: "take", from: "b" }, [{ v: "B", w: "wa" }]],
    ["the base", { type: "take", from: "base" }, [{ v: "old", w: "wa" }]],
    ["a typed value", { type: "set", columns: { v: 7n } }, [{ v: 7n, w: "wa" }]],
    [
      "a typed value beside a side's",
      { type: "set", columns: { w: "x" }, rest: "b" },
      [{ v: "B", w: "x" }],
    ],
    ["no row", { type: "delete" }, []],
  ];

  it.each(decisions)(
    "gives both sides %s at once, and closes the conflict",
    async (_, decision, rows) => {
      await park(...BOTH);
      const report = await decide(decision);
      expect(report).toMatchObject({
        open: 0,
        rows: [{ table: "t", key: { id: 1n }, outcome: "done" }],
      });
      expectBoth(ROW1, rows);
      expect(inboxOf(pair)).toEqual([]);
    },
  );

  it("leaves nothing for the next run to do", async () => {
    await park(...BOTH);
    await decide({ type: "take", from: "b" });
    const trace = (): unknown[] => [traceOf(pair)[pair.a], traceOf(pair)[pair.b]];
    const before = trace();
    const { report } = await pair.sync();
    expect(report.conflicts).toEqual({ resolved: 0, parked: 0 });
    expect(trace()).toEqual(before);
  });

  it("touches neither other changes nor other conflicts of the table", async () => {
    await park(
      `${BOTH[0]}; UPDATE t SET v = 'A' WHERE id = 2`,
      `${BOTH[1]}; UPDATE t SET v = 'B' WHERE id = 2`,
    );
    pair.edit("a", "UPDATE t SET v = 'later' WHERE id = 3");
    const [, second] = inboxOf(pair);
    await decide({ type: "take", from: "a" });
    expect(inboxOf(pair)).toEqual([second]);
    expect(pair.rows("b", "SELECT v FROM t WHERE id IN (2, 3) ORDER BY id")).toEqual([
      { v: "B" },
      { v: "old" },
    ]);
    const { report } = await pair.sync();
    expect(report.tables[0]).toMatchObject({ copied: 1, conflicts: { resolved: 0, parked: 1 } });
  });

  it("decides the row as it is now", async () => {
    await park(...BOTH);
    pair.edit("b", "UPDATE t SET v = 'B2' WHERE id = 1");
    await decide({ type: "take", from: "b" });
    expectBoth(ROW1, [{ v: "B2", w: "wa" }]);
  });

  it("says so where no open conflict has the number, and runs the others", async () => {
    await park(...BOTH);
    const [entry] = inboxOf(pair);
    const report = await engine().resolve(pair, [
      { id: 999, decision: { type: "delete" } },
      { id: entry?.id ?? 0, decision: { type: "take", from: "a" } },
    ]);
    expect(report.rows).toMatchObject([
      { id: 999, outcome: "missing", table: null },
      { outcome: "done" },
    ]);
    const again = await decide({ type: "take", from: "b" }, entry?.id ?? 0);
    expect(again).toMatchObject({ runId: null, open: 0, rows: [{ outcome: "missing" }] });
  });

  it("leaves a conflict alone that somebody else decided between the look and the lock", async () => {
    await park(...BOTH);
    const id = inboxOf(pair)[0]?.id ?? 0;
    await decide({ type: "take", from: "b" });
    const hooks = {
      onProgress: () => undefined,
      throwIfCancelled: () => undefined,
      onStep: () => undefined,
    };
    const call = {
      pair,
      stateDir: pair.stateDir,
      busyTimeoutMs: 100,
      startedMs: 1_700_000_000_000,
      dryRun: false,
      ledger: {},
      tableOptions: [],
      references: [],
    };
    const chosen = {
      rows: [{ pick: id, owner: id, image: null, table: "t" }],
      decisions: new Map([[id, { type: "delete" } as const]]),
      force: false,
    };
    const { picks } = await runLimited(call, hooks, {
      policy: "by hand",
      chosen,
      keepBoth: () => undefined,
    });
    expect(picks).toEqual([]);
    expectBoth(ROW1, [{ v: "B", w: "wa" }]);
  });

  it("decides over a column that came on both sides since, and not while only one has it", async () => {
    await park(...BOTH);
    pair.edit("a", "ALTER TABLE t ADD COLUMN more DEFAULT 'd'");
    const id = inboxOf(pair)[0]?.id ?? 0;
    expect(await engine().conflict(pair, id)).toMatchObject({
      a: { v: "A" },
      b: { v: "B" },
      changed: [],
    });
    const early = decide({ type: "take", from: "a" });
    await expect(early).rejects.toMatchObject({ code: "SYNC_SCHEMA_MISMATCH" });
    expect(inboxOf(pair)).toHaveLength(1);
    pair.edit(
      "b",
      "ALTER TABLE t ADD COLUMN more DEFAULT 'd'; UPDATE t SET more = 'filled' WHERE id = 1",
    );
    await decide({ type: "take", from: "a" });
    expectBoth("SELECT v, w, more FROM t WHERE id = 1", [{ v: "A", w: "wa", more: "filled" }]);
    expect(inboxOf(pair)).toEqual([]);
  });

  it("speaks the caller's way, whatever side is called a", async () => {
    await park(...BOTH);
    const [entry] = inboxOf(pair);
    const swapped = { a: pair.b, b: pair.a };
    const shown = await engine().conflict(swapped, entry?.id ?? 0);
    expect(shown).toMatchObject({ a: { v: "B" }, b: { v: "A" } });
    await engine().resolve(swapped, [
      { id: entry?.id ?? 0, decision: { type: "take", from: "a" } },
    ]);
    expectBoth(ROW1, [{ v: "B", w: "wa" }]);
    expect((await engine().ledger(swapped)).entries).toMatchObject([{ side: "b", winner: "a" }]);
    expect((await engine().ledger(pair)).entries).toMatchObject([{ side: "a", winner: "b" }]);
  });

  it.each<readonly [string, HandDecision, RegExp]>([
    ["an unknown column", { type: "set", columns: { x: 1n } }, /no column `x`/],
    ["the key", { type: "set", columns: { id: 9n } }, /part of the key/],
    [
      "a value that SQLite has not",
      { type: "set", columns: { v: Number.NaN } },
      /a value that SQLite has not/,
    ],
    [
      "columns that leave others in dispute",
      { type: "set", columns: { w: "x" } },
      /`v` is in dispute as well/,
    ],
    ["a unique value that is taken", { type: "set", columns: { u: 20n }, rest: "a" }, /UNIQUE/],
    ["both rows where there is one", { type: "keep-both" }, /one generated key/],
  ])("refuses %s, and leaves rows and inbox as they were", async (_, decision, reason) => {
    await park(...BOTH);
    const [before, a, b] = [inboxOf(pair), pair.rows("a", ALL), pair.rows("b", ALL)];
    const images = queryState(pair, `SELECT * FROM "kept:t" ORDER BY 1, 2`);
    const report = await decide(decision);
    expect(report).toMatchObject({ open: 1, rows: [{ outcome: "refused" }] });
    expect(report.rows[0]?.reason).toMatch(reason);
    expect(inboxOf(pair)).toEqual(before);
    expect([pair.rows("a", ALL), pair.rows("b", ALL)]).toEqual([a, b]);
    expect(queryState(pair, `SELECT * FROM "kept:t" ORDER BY 1, 2`)).toEqual(images);
    expect(queryState(pair, "SELECT * FROM sync_ledger")).toEqual([]);
    // It is not put to the policy again for that.
    let asked = 0;
    await pair.sync({ policy: { ...policyOf(() => void (asked += 1)), name: "manual" } });
    expect(asked).toBe(0);
  });

  it("does what it can of several, and refuses the rest", async () => {
    await park(
      `${BOTH[0]}; UPDATE t SET v = 'A' WHERE id = 2`,
      `${BOTH[1]}; UPDATE t SET v = 'B' WHERE id = 2`,
    );
    const [first, second] = inboxOf(pair);
    const { rows } = await engine().resolve(pair, [
      { id: first?.id ?? 0, decision: { type: "set", columns: { u: 30n }, rest: "a" } },
      { id: second?.id ?? 0, decision: { type: "take", from: "b" } },
    ]);
    expect(rows.map(({ outcome }) => outcome)).toEqual(["refused", "done"]);
    expect(inboxOf(pair)).toEqual([first]);
    expectBoth("SELECT v FROM t WHERE id = 2", [{ v: "B" }]);
  });

  it("refuses to leave a child without its parent", async () => {
    await park(
      "UPDATE p SET v = 'A' WHERE id = 1; INSERT INTO c VALUES (1, 1)",
      "UPDATE p SET v = 'B' WHERE id = 1",
      "CREATE TABLE p (id INTEGER PRIMARY KEY, v); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p); INSERT INTO p VALUES (1, 'old')",
    );
    const report = await decide({ type: "delete" });
    expect(report.rows).toMatchObject([{ outcome: "refused" }]);
    expect(report.rows[0]?.reason).toMatch(/FOREIGN KEY|foreign key|reference|parent/i);
  });

  it("takes a side's absence for a deletion, and its row for one", async () => {
    await park("DELETE FROM t WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1");
    await decide({ type: "take", from: "a" });
    expectBoth(ROW1, []);
    expect((await engine().ledger(pair)).entries).toMatchObject([
      { side: "b", b: { v: "B" }, a: null, result: null },
    ]);
    pair.remove();
    await park("DELETE FROM t WHERE id = 1", "UPDATE t SET v = 'B' WHERE id = 1");
    await decide({ type: "take", from: "b" });
    expectBoth(ROW1, [{ v: "B", w: "o" }]);
    expect((await engine().ledger(pair)).entries).toMatchObject([
      { side: "a", a: null, result: { v: "B" } },
    ]);
  });

  it.each([
    ["a table without a key", "CREATE TABLE n (v, CHECK (v <> 'B'))", "INSERT INTO n VALUES ('B')"],
    [
      "NULL in the key",
      "CREATE TABLE n (k TEXT PRIMARY KEY, v, CHECK (v <> 'B'))",
      "INSERT INTO n VALUES (NULL, 'B')",
    ],
  ])("says that a row cannot be decided by hand: %s", async (_, table, sql) => {
    // The constraint is not enforced where the row was written.
    await park("SELECT 1", `PRAGMA ignore_check_constraints = ON; ${sql}`, table);
    const [entry] = await engine().conflicts(pair);
    expect(entry).toMatchObject({ table: "n", kind: "check", hasKey: false });
    const report = await decide({ type: "take", from: "b" });
    expect(report).toMatchObject({ runId: null, open: 1, rows: [{ outcome: "refused" }] });
    expect(await engine().conflict(pair, entry?.id ?? 0)).toMatchObject({ a: null, b: { v: "B" } });
  });

  it("mends a row that a constraint kept from being carried over", async () => {
    await park("INSERT INTO t VALUES (5, 'A', 'o', 99)", "INSERT INTO t VALUES (6, 'B', 'o', 99)");
    const open = inboxOf(pair);
    expect(open.map(({ kind }) => kind)).toEqual(["unique", "unique"]);
    const entries = await engine().conflicts(pair);
    const five = entries.find(({ key }) => key["id"] === 5n);
    const six = entries.find(({ key }) => key["id"] === 6n);
    const { rows } = await engine().resolve(pair, [
      { id: five?.id ?? 0, decision: { type: "set", columns: { u: 50n } } },
      { id: six?.id ?? 0, decision: { type: "take", from: "b" } },
    ]);
    expect(rows).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
    expectBoth("SELECT id, u FROM t WHERE id > 4 ORDER BY id", [
      { id: 5n, u: 50n },
      { id: 6n, u: 99n },
    ]);
    expect(inboxOf(pair)).toEqual([]);
  });
});

describe("the statements of a decision by hand", () => {
  it.each([
    ["a rowid", "k INTEGER PRIMARY KEY"],
    ["a NOCASE index", "k TEXT, PRIMARY KEY (k COLLATE NOCASE)"],
    [
      "a composite key without a rowid",
      "k NUMERIC, y TEXT DEFAULT 'y', PRIMARY KEY (y, k)) WITHOUT ROWID",
    ],
  ])("look at no other row of a table with %s", async (_, key) => {
    const rows =
      "WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 3000) INSERT INTO t (k, v) SELECT i, 'old' FROM s";
    const sql = key.endsWith("ROWID") ? `v, ${key}` : `v, ${key})`;
    await park(
      "UPDATE t SET v = 'A' WHERE k = 7",
      "UPDATE t SET v = 'B' WHERE k = 7",
      `CREATE TABLE t (${sql}; ${rows}`,
    );
    const steps = await plansDuring(async () => decide({ type: "take", from: "b" }));
    const undone = await plansDuring(async () => engine().undo(pair, { entry: 1 }));
    const scans = [...steps, ...undone]
      .filter((step) => readsLargeTable(step) && step.detail.startsWith("SCAN"))
      // That takes a lock, and reads nothing.
      .filter((step) => !step.sql.endsWith("WHERE 0"))
      .map(({ detail, sql: statement }) => `${detail}: ${statement}`);
    expect(steps.filter((step) => readsLargeTable(step)).length).toBeGreaterThan(5);
    expect(scans).toEqual([]);
    expectBoth("SELECT v FROM t WHERE k = 7", [{ v: "A" }]);
  });
});

describe("keeping both of two rows that were given one key", () => {
  const SHOP = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer, what TEXT);
    INSERT INTO customer VALUES (1, 'Ada')`;
  const NAMES =
    "SELECT c.name, o.what FROM customer AS c LEFT JOIN orders AS o ON o.customer = c.id ORDER BY 1, 2";

  it("lets what points at the row follow it, and leaves everything else for the next run", async () => {
    await park(
      "INSERT INTO customer VALUES (2, 'Bob'); INSERT INTO orders VALUES (10, 2, 'pen'); UPDATE customer SET name = 'Ada L.' WHERE id = 1",
      "INSERT INTO customer VALUES (2, 'Eve'); INSERT INTO orders VALUES (20, 2, 'ink')",
      SHOP,
    );
    pair.edit("a", "UPDATE customer SET name = 'Ada Lovelace' WHERE id = 1");
    const report = await decide({ type: "keep-both" });
    // The order of the customer who keeps the key waits for the next run, which has no reason left to park it.
    expect(report).toMatchObject({ open: 1, rows: [{ outcome: "done" }] });
    expect(pair.rows("b", "SELECT name FROM customer WHERE id = 1")).toEqual([{ name: "Ada L." }]);
    const { report: next } = await pair.sync();
    expect(next.conflicts).toEqual({ resolved: 0, parked: 0 });
    expectBoth(NAMES, [
      { name: "Ada Lovelace", what: null },
      { name: "Bob", what: "pen" },
      { name: "Eve", what: "ink" },
    ]);
    const { entries } = await engine().ledger(pair);
    expect(entries).toMatchObject([{ table: "customer", key: { id: 2n }, isRenumbered: true }]);
    const undone = await engine().undo(pair, { entry: entries[0]?.id ?? 0 }, { force: true });
    expect(undone.entries).toMatchObject([{ outcome: "refused" }]);
  });

  it("is decided for the one conflict, while others wait", async () => {
    await park(
      "INSERT INTO customer VALUES (2, 'Bob'), (3, 'Cid')",
      "INSERT INTO customer VALUES (2, 'Eve'), (3, 'Dan')",
      SHOP,
    );
    const [, second] = inboxOf(pair);
    await decide({ type: "keep-both" });
    expect(inboxOf(pair)).toEqual([second]);
    expect(pair.rows("a", "SELECT name FROM customer WHERE id = 3")).toEqual([{ name: "Cid" }]);
  });
});

describe("the ledger", () => {
  it("has who lost, what, to whom, why, and what came out", async () => {
    await park(...BOTH);
    await pair.sync({ policy: PREFER_A });
    const { entries, total } = await engine().ledger(pair);
    expect(total).toBe(1);
    expect(entries).toMatchObject([
      {
        table: "t",
        key: { id: 1n },
        kind: "update/update",
        side: "b",
        winner: "a",
        policy: "prefer-a",
        base: { v: "old" },
        a: { v: "A" },
        b: { v: "B" },
        result: { v: "A", w: "wa" },
        isResultKnown: true,
      },
    ]);
  });

  it("is filtered by run, table, policy, time and number", async () => {
    await park(
      `${BOTH[0]}; UPDATE t SET v = 'A' WHERE id = 2`,
      `${BOTH[1]}; UPDATE t SET v = 'B' WHERE id = 2`,
    );
    await decide({ type: "take", from: "a" });
    const second = await pair.sync({ policy: PREFER_A, startedMs: 1_700_000_001_000 });
    const ids = async (options: object): Promise<unknown[]> =>
      (await engine().ledger(pair, options)).entries.map(({ key }) => key["id"]);
    expect(await ids({})).toEqual([2n, 1n]);
    expect(await ids({ policy: "by hand" })).toEqual([1n]);
    expect(await ids({ run: second.report.runId.slice(0, 30).toUpperCase() })).toEqual([2n]);
    expect(await ids({ run: "%" })).toEqual([]);
    expect(await ids({ tables: ["T"] })).toEqual([2n, 1n]);
    expect(await ids({ tables: ["x"] })).toEqual([]);
    expect(await ids({ limit: 1 })).toEqual([2n]);
    expect(await ids({ sinceMs: 9_000_000_000_000 })).toEqual([]);
    expect((await engine().ledger(pair, { limit: 1 })).total).toBe(2);
  });

  it("and the inbox are read without a trace, and empty where nothing is remembered", async () => {
    await park(...BOTH);
    const before = traceOf(pair);
    await engine().conflicts(pair);
    await engine().conflict(pair, 1);
    await engine().ledger(pair);
    expect(traceOf(pair)).toEqual(before);
    const other = { a: pair.a, b: `${pair.b}-none` };
    await expect(engine().conflicts(other)).rejects.toMatchObject({ code: "SYNC_DB_MISSING" });
    pair.remove();
    pair = makePair(TABLE);
    expect(await engine().conflicts(pair)).toEqual([]);
    expect(await engine().ledger(pair)).toEqual({ entries: [], total: 0, isUnfinished: false });
    expect(await engine().conflict(pair, 1)).toBeNull();
  });
});

describe("a conflict that is shown", () => {
  it("has what the sides hold now, and says which changed since", async () => {
    await park(...BOTH);
    const [entry] = await engine().conflicts(pair);
    expect(entry).toMatchObject({
      table: "t",
      key: { id: 1n },
      kind: "update/update",
      disputed: ["v"],
      policy: "manual",
      sinceMs: 1_700_000_000_000,
    });
    const id = entry?.id ?? 0;
    expect(await engine().conflict(pair, id)).toMatchObject({
      base: { v: "old" },
      a: { v: "A" },
      b: { v: "B" },
      differing: ["v", "w"],
      changed: [],
      columns: [
        { name: "id", isKey: true },
        { name: "v" },
        { name: "w" },
        { name: "u", affinity: "INTEGER" },
      ],
    });
    pair.edit("b", "UPDATE t SET v = 'B2' WHERE id = 1");
    expect(await engine().conflict(pair, id)).toMatchObject({ b: { v: "B2" }, changed: ["b"] });
    pair.edit("a", "DELETE FROM t WHERE id = 1");
    expect(await engine().conflict(pair, id)).toMatchObject({ a: null, changed: ["a", "b"] });
    expect(await engine().conflict(pair, 12345)).toBeNull();
  });
});
