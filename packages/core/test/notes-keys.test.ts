import { afterEach, describe, expect, it, vi } from "vitest";
import { plansDuring, readsLargeTable } from "./statement-plans.ts";
import type { PlanStep } from "./statement-plans.ts";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
// Cases start processes, and sync files to the disk.
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

/** A table with every kind of key. */
const KEYED: Readonly<Record<string, string>> = {
  "a rowid": "CREATE TABLE t (k INTEGER PRIMARY KEY, v, u UNIQUE)",
  "an INT key": "CREATE TABLE t (k INT PRIMARY KEY, v, u UNIQUE)",
  "a descending integer key": "CREATE TABLE t (k INTEGER PRIMARY KEY DESC, v, u UNIQUE)",
  "a text key": "CREATE TABLE t (k TEXT PRIMARY KEY, v, u UNIQUE)",
  "a key without affinity": "CREATE TABLE t (k PRIMARY KEY, v, u UNIQUE)",
  "a REAL key": "CREATE TABLE t (k REAL PRIMARY KEY, v, u UNIQUE)",
  "a NOCASE column": "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v, u UNIQUE)",
  "a NOCASE index": "CREATE TABLE t (k TEXT, v, u UNIQUE, PRIMARY KEY (k COLLATE NOCASE))",
  "a BINARY index of a NOCASE column":
    "CREATE TABLE t (k TEXT COLLATE NOCASE, v, u UNIQUE, PRIMARY KEY (k COLLATE BINARY))",
  "a composite key": "CREATE TABLE t (k TEXT, y INT DEFAULT 1, v, u UNIQUE, PRIMARY KEY (y, k))",
  "a key of a WITHOUT ROWID table":
    "CREATE TABLE t (k NUMERIC, y TEXT COLLATE RTRIM DEFAULT 'y', v, u UNIQUE, PRIMARY KEY (k, y)) WITHOUT ROWID",
  "a UNIQUE over NOT NULL": "CREATE TABLE t (v, k BLOB NOT NULL UNIQUE, u UNIQUE)",
  "a key of any type": "CREATE TABLE t (k ANY PRIMARY KEY, v ANY, u ANY UNIQUE) STRICT",
  "unique expressions and parts": `CREATE TABLE t (k INTEGER PRIMARY KEY, v, u TEXT COLLATE NOCASE UNIQUE);
    CREATE UNIQUE INDEX e ON t (lower(u), k); CREATE UNIQUE INDEX w ON t (u) WHERE k > 10`,
  "foreign keys": `CREATE TABLE p (id TEXT PRIMARY KEY); CREATE INDEX by_id ON p (id COLLATE NOCASE);
    CREATE TABLE t (k INTEGER PRIMARY KEY, v, u UNIQUE REFERENCES p (id), up INT REFERENCES t (k)); CREATE INDEX by_up ON t (up);
    INSERT INTO p VALUES ('new1'), ('new2'), ('new3'); ${series(3000)} INSERT INTO p SELECT 'u' || i FROM s`,
};

function series(count: number): string {
  return `WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${count})`;
}

/** Edits of every kind on both sides, and conflicts of every kind, over three runs. */
async function syncEdits(): Promise<PlanStep[]> {
  const first = await plansDuring(async () => pair.sync());
  pair.edit(
    "a",
    `UPDATE t SET v = 'A' WHERE k % 10 = 0; UPDATE t SET u = NULL WHERE k % 100 = 1; DELETE FROM t WHERE k BETWEEN 20 AND 29;
     INSERT INTO t (k, v, u) VALUES (4001, 'A', 'new1'), (4002, 'A', 'new2')`,
  );
  pair.edit(
    "b",
    `UPDATE t SET v = 'B' WHERE k % 15 = 0; DELETE FROM t WHERE k BETWEEN 40 AND 49;
     INSERT INTO t (k, v, u) VALUES (4001, 'B', 'new1'), (4003, 'B', 'new3')`,
  );
  const second = await plansDuring(async () => pair.sync());
  const third = await plansDuring(async () => pair.sync({ policy: PREFER_A }));
  return [...first, ...second, ...third];
}

/** The same edits in one direction, twice, while a column comes to one side and then to the other, and mirrored. */
async function syncDirected(): Promise<PlanStep[]> {
  await pair.sync();
  pair.edit(
    "a",
    `UPDATE t SET v = 'A' WHERE k % 10 = 0; DELETE FROM t WHERE k BETWEEN 20 AND 29; INSERT INTO t (k, v) VALUES (4001, 'A'), (4002, 'A');
     ALTER TABLE t ADD COLUMN late TEXT`,
  );
  pair.edit(
    "b",
    "UPDATE t SET v = 'B' WHERE k % 15 = 0; DELETE FROM t WHERE k BETWEEN 40 AND 49; INSERT INTO t (k, v) VALUES (4001, 'B'), (4003, 'B')",
  );
  const view = { schemaDrift: "common" } as const;
  const first = await plansDuring(async () => pair.sync({ direction: "a-to-b", view }));
  pair.edit("b", "ALTER TABLE t ADD COLUMN late TEXT");
  const second = await plansDuring(async () => pair.sync({ direction: "a-to-b", view }));
  const mirror = { direction: "mirror", confirmed: true } as const;
  return [...first, ...second, ...(await plansDuring(async () => pair.sync(mirror)))];
}

/** Only the outermost loop may walk a side or a base, and no index may be made for the occasion. */
function badSteps(steps: readonly PlanStep[]): string[] {
  return steps
    .filter((step) => readsLargeTable(step))
    .filter(
      ({ detail, inner }) => detail.includes("AUTOMATIC") || (inner && detail.startsWith("SCAN")),
    )
    .map(({ detail, sql }) => `${detail}: ${sql}`);
}

describe.each(["without statistics", "after ANALYZE"])("every statement of a run, %s", (when) => {
  it.each(Object.entries(KEYED))(
    "over a table with %s searches by it, row by row",
    async (_, sql) => {
      const fill = `${series(3000)} INSERT INTO t (k, v, u) SELECT i, 'old', 'u' || i FROM s`;
      pair = makePair(`${sql}; ${fill}; ${when === "after ANALYZE" ? "ANALYZE" : ""}`);
      const steps = await syncEdits();
      expect(steps.filter((step) => readsLargeTable(step)).length).toBeGreaterThan(50);
      expect(badSteps(steps)).toEqual([]);
      const all = "SELECT * FROM t ORDER BY k";
      expect(pair.rows("a", all)).toEqual(pair.rows("b", all));
    },
  );

  it.each(Object.entries(KEYED))(
    "in one direction over a table with %s searches by it, too",
    async (_, sql) => {
      const fill = `${series(3000)} INSERT INTO t (k, v, u) SELECT i, 'old', 'u' || i FROM s`;
      pair = makePair(`${sql}; ${fill}; ${when === "after ANALYZE" ? "ANALYZE" : ""}`);
      const steps = await syncDirected();
      expect(steps.filter((step) => readsLargeTable(step)).length).toBeGreaterThan(50);
      expect(badSteps(steps)).toEqual([]);
      const all = "SELECT * FROM t ORDER BY k";
      expect(pair.rows("b", all)).toEqual(pair.rows("a", all));
    },
  );
});
