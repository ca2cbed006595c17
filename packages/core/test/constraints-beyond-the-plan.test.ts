import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { inboxOf } from "./state-probe.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const SIDES = ["a", "b"] as const;

function expectRows(sql: string, rows: readonly object[]): void {
  for (const side of SIDES) expect(pair.rows(side, sql)).toEqual(rows);
}

describe("a reference", () => {
  it("from a table that is left out keeps the parent it points at", async () => {
    pair =
      makePair(`CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1), (2), (3);
      CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent); INSERT INTO child VALUES (1, 1)`);
    await pair.sync();
    pair.edit("a", "DELETE FROM child; DELETE FROM parent WHERE id <= 2");
    await pair.sync({ tables: ["parent"] });
    expect(pair.rows("b", "SELECT id FROM parent")).toEqual([{ id: 1n }, { id: 3n }]);
    expect(pair.rows("b", "PRAGMA foreign_key_check")).toEqual([]);
    expect(inboxOf(pair)).toMatchObject([{ tbl: "parent", kind: "foreign-key" }]);
    await pair.sync();
    expectRows("SELECT id FROM parent", [{ id: 3n }]);
  });

  it("is followed where its column holds another type than the parent's", async () => {
    pair = makePair(`CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE);
      CREATE TABLE c (id INTEGER PRIMARY KEY, k REFERENCES p (k))`);
    await pair.sync();
    pair.edit("a", "INSERT INTO p VALUES (1, '2'); INSERT INTO c VALUES (1, 2)");
    await pair.sync();
    expectRows("SELECT id, k FROM c", [{ id: 1n, k: 2n }]);
    pair.edit("a", "PRAGMA foreign_keys = OFF; DELETE FROM p");
    await pair.sync();
    expect(pair.rows("b", "PRAGMA foreign_key_check")).toEqual([]);
    expect(inboxOf(pair)).toMatchObject([{ tbl: "p", kind: "foreign-key" }]);
  });

  it.each([
    ["to a table without a primary key", "CREATE TABLE p (x)", "p"],
    ["to fewer columns than the parent's key", "CREATE TABLE p (x, y, PRIMARY KEY (x, y))", "p"],
    ["to a column that is not there", "CREATE TABLE p (x PRIMARY KEY)", "p (nope)"],
  ])("%s can never hold, and stops nothing", async (_, parent, target) => {
    const child = `CREATE TABLE c (id INTEGER PRIMARY KEY, px REFERENCES ${target})`;
    pair = makePair(`PRAGMA foreign_keys = OFF; ${parent}; ${child}; INSERT INTO c VALUES (1, 1)`);
    await pair.sync();
    pair.edit("a", "PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (2, 2)");
    await pair.sync();
    expectRows("SELECT id FROM c", [{ id: 1n }, { id: 2n }]);
  });
});

describe("a unique index", () => {
  it("lets a row go over whose NULL key became a value", async () => {
    pair = makePair(`CREATE TABLE t (k TEXT, l TEXT, email TEXT UNIQUE, PRIMARY KEY (k, l));
      INSERT INTO t VALUES (NULL, 'x', 'e1'), ('q', 'q', 'e2')`);
    await pair.sync();
    pair.edit("a", "UPDATE t SET k = 'k' WHERE k IS NULL");
    expect((await pair.sync()).report.conflicts.parked).toBe(0);
    expectRows("SELECT k, email FROM t ORDER BY k", [
      { k: "k", email: "e1" },
      { k: "q", email: "e2" },
    ]);
  });

  it.each([
    ["with a condition on a generated column", "t (x) WHERE g > 0"],
    ["on an expression over a generated column", "t (abs(g))"],
    ["with a condition that names its table", "t (x) WHERE t.y > 0"],
  ])("%s is kept, and finds what would break it", async (_, index) => {
    pair = makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY, x, y DEFAULT 1, g AS (x * 2));
      CREATE UNIQUE INDEX i ON ${index}; INSERT INTO t (id, x) VALUES (1, 1)`);
    await pair.sync();
    pair.edit("a", "INSERT INTO t (id, x) VALUES (2, 2), (3, 3)");
    pair.edit("b", "INSERT INTO t (id, x) VALUES (4, 3)");
    await pair.sync();
    expect(pair.rows("b", "SELECT id FROM t ORDER BY 1")).toEqual([
      { id: 1n },
      { id: 2n },
      { id: 4n },
    ]);
    expect(inboxOf(pair)).toMatchObject([{ kind: "unique" }, { kind: "unique" }]);
  });

  it("compares in its condition as the column does", async () => {
    pair =
      makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT, status TEXT COLLATE NOCASE);
      CREATE UNIQUE INDEX i ON t (email) WHERE status <> 'deleted'; INSERT INTO t VALUES (1, 'e', 'active')`);
    await pair.sync();
    pair.edit("a", "INSERT INTO t VALUES (2, 'e', 'Deleted')");
    expect((await pair.sync()).report.conflicts.parked).toBe(0);
    expectRows("SELECT id FROM t", [{ id: 1n }, { id: 2n }]);
  });
});

describe("a trigger", () => {
  it("of a table that is left out may need a function that only its application has", async () => {
    pair =
      makePair(`CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (id INTEGER PRIMARY KEY, v);
      CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT of_the_application(1); END; INSERT INTO u VALUES (1, 1)`);
    await pair.sync({ tables: ["u"] });
    pair.edit("a", "INSERT INTO u VALUES (2, 2)");
    await pair.sync({ tables: ["u"] });
    expectRows("SELECT id FROM u", [{ id: 1n }, { id: 2n }]);
  });

  it.each([
    [
      "an R-tree",
      "CREATE VIRTUAL TABLE f USING rtree (id, x0, x1)",
      "f VALUES (new.id, new.x, new.x)",
    ],
    [
      "a full-text index",
      "CREATE VIRTUAL TABLE f USING fts5 (x)",
      "f (rowid, x) VALUES (new.id, new.x)",
    ],
  ])(
    "that keeps %s and writes a log besides is refused, nothing is written",
    async (_, index, insert) => {
      pair =
        makePair(`CREATE TABLE place (id INTEGER PRIMARY KEY, x); CREATE TABLE log (id INTEGER PRIMARY KEY, m); ${index};
      CREATE TRIGGER g AFTER INSERT ON place BEGIN INSERT INTO ${insert}; INSERT INTO log (m) VALUES (new.id); END;
      INSERT INTO place VALUES (1, 1)`);
      pair.edit("a", "INSERT INTO place VALUES (2, 2)");
      const before = SIDES.map((side) => readFileSync(pair[side]));
      await expect(pair.sync()).rejects.toMatchObject({
        code: "SYNC_UNSUPPORTED",
        message: expect.stringContaining("`f`") as string,
      });
      expect(SIDES.map((side) => readFileSync(pair[side]))).toEqual(before);
    },
  );
});
