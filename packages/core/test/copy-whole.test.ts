import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeShapes } from "../src/engine/workspace.ts";
import { copyWhole } from "../src/sqlite/copy-whole.ts";
import { projectPair } from "../src/sqlite/projection/project-pair.ts";
import { readSchema } from "../src/sqlite/schema/read-schema.ts";
import { workTable } from "../src/sqlite/shape.ts";
import { createBase } from "../src/state/tables.ts";

const PACE = {
  phase: "read" as const,
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
};
const RUN = {
  id: "run",
  schema: "temp",
  startedMs: 0,
  policy: "none",
  policyVersion: null,
  limited: false,
} as const;

let db: Database.Database;
beforeEach(() => {
  db = new Database(":memory:");
  for (const name of ["a", "b", "state"]) db.exec(`ATTACH ':memory:' AS ${name}`);
});
afterEach(() => void db.close());

/** Copies the table `t` of side a into its base, whose columns may be another program's. */
function copy(sql: string, { base = "", rows = 1 } = {}): { done: boolean; into: string } {
  for (const side of ["a", "b"]) db.exec(sql.replaceAll(" t ", ` ${side}.t `));
  const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
  const known = { schema: null, tables: new Set<string>(), hasState: false };
  const seen = projectPair(schemas, {}, { a: false, b: false });
  const [shape] = makeShapes(schemas.a.tables, seen, RUN, known);
  if (shape === undefined) throw new Error("one table");
  const into = workTable("state", "base", "t");
  if (base === "") createBase(db, "state", shape.table);
  else db.exec(`CREATE TABLE ${into} ${base}`);
  return { done: copyWhole(db, shape, { into, rows }, PACE), into };
}

function rowsOf(name: string): unknown[] {
  return db.prepare(`SELECT * FROM ${name}`).safeIntegers().raw().all();
}

const ROWS = `INSERT INTO t VALUES (3, 'c', 1.0), (-9223372036854775808, 'a', 9e999), (2, 'b', x'00ff'), (7, 'd', NULL)`;

describe("rows are copied record by record", () => {
  it.each([
    ["(id INTEGER PRIMARY KEY, k TEXT, v)"],
    ["(n INTEGER, k TEXT PRIMARY KEY NOT NULL, v)"],
    ["(n INTEGER, k TEXT COLLATE NOCASE, v NUMERIC, PRIMARY KEY (k, n)) WITHOUT ROWID"],
    ["(n INT PRIMARY KEY, k TEXT COLLATE RTRIM, v) STRICT".replace(", v)", ", v ANY)")],
  ])("of a table %s", (columns) => {
    const { done, into } = copy(`CREATE TABLE t ${columns}; ${ROWS}`, { rows: 4 });
    expect(done).toBe(true);
    expect(rowsOf(into)).toEqual(rowsOf("a.t"));
    const classes = (name: string): unknown =>
      db.prepare(`SELECT typeof(v) FROM ${name} ORDER BY k`).pluck().all();
    expect(classes(into)).toEqual(classes("a.t"));
    expect(db.pragma("state.integrity_check", { simple: true })).toBe("ok");
  });

  it("under their keys, which are found by the index", () => {
    const { into } = copy(`CREATE TABLE t (n INTEGER, k TEXT PRIMARY KEY NOT NULL, v); ${ROWS}`);
    const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT n FROM ${into} WHERE k = 'c'`).all();
    expect(JSON.stringify(plan)).toContain("SEARCH");
    expect(db.prepare(`SELECT n FROM ${into} WHERE k = 'c'`).pluck().get()).toBe(3);
  });
});

describe("rows are left to be copied one by one", () => {
  it.each([
    ["a column is computed", "(id INTEGER PRIMARY KEY, k TEXT, v, w AS (v || k))", {}],
    [
      "a column has a default, which rows that are older than it do not hold",
      "(id INTEGER PRIMARY KEY, k TEXT, v DEFAULT 5)",
      {},
    ],
    [
      "the base has the columns in another order",
      "(id INTEGER PRIMARY KEY, k TEXT, v)",
      { base: "(id INTEGER PRIMARY KEY, v, k TEXT)" },
    ],
    [
      "the base has columns of other names",
      "(id INTEGER PRIMARY KEY, k TEXT, v)",
      { base: "(id INTEGER PRIMARY KEY, v TEXT, k)" },
    ],
    [
      "the base has another affinity",
      "(id INTEGER PRIMARY KEY, k TEXT, v)",
      { base: "(id INTEGER PRIMARY KEY, k TEXT, v TEXT)" },
    ],
    [
      "there are too many to go without a word",
      "(id INTEGER PRIMARY KEY, k TEXT, v)",
      { rows: 3_000_000 },
    ],
  ])("where %s", (_, columns, options) => {
    const insert = ROWS.replace("INTO t VALUES", "INTO t (id, k, v) VALUES");
    const { done, into } = copy(`CREATE TABLE t ${columns}; ${insert}`, options);
    expect(done).toBe(false);
    expect(rowsOf(into)).toEqual([]);
  });

  it("where a key is NULL, which makes its rows a bag", () => {
    const sql = `CREATE TABLE t (n INTEGER, k TEXT PRIMARY KEY, v); ${ROWS}, (1, NULL, 2)`;
    expect(copy(sql).done).toBe(false);
  });
});
