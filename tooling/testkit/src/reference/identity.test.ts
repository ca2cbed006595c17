import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { dumpDatabase } from "../dump/dump.ts";
import { literal } from "../generate/values.ts";
import { describeTables } from "./describe.ts";
import { identityOf } from "./identity.ts";

test.each(["BINARY", "NOCASE", "RTRIM"])(
  "%s calls those keys equal that SQLite does",
  (collation) => {
    const db = new Database(":memory:");
    const values = ["text-key", "any-key", "integer-key", "real-key", "any"] as const;
    db.exec("CREATE TABLE t (v)");
    for (const pool of values) {
      for (let choice = 0; choice < 60; choice += 1) {
        db.exec(`INSERT INTO t VALUES (${literal(pool, choice)})`);
      }
    }
    db.exec("INSERT INTO t VALUES ('a  '), (CAST(X'4100' AS TEXT)), (CAST(X'6120' AS TEXT))");
    const distinct = db
      .prepare(`SELECT count(DISTINCT v COLLATE ${collation}) FROM t`)
      .pluck()
      .get();
    const identities = (dumpDatabase(db)["t"] ?? [])
      .map((row) => identityOf(row, [{ name: "v", collation }]))
      .filter((identity) => identity !== null);
    expect(new Set(identities).size).toBe(distinct);
  },
);

test("a key that holds NULL is no identity", () => {
  const key = ["a", "b"].map((name) => ({ name, collation: "BINARY" }));
  expect(identityOf({ a: "integer 1", b: "null" }, key)).toBe(null);
  expect(identityOf({ a: "integer 1", b: "text 'null'" }, key)).not.toBe(null);
});

test.each([
  ["CREATE TABLE t (id INTEGER PRIMARY KEY, v)", ["id BINARY"], true],
  ["CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v)", ["id BINARY"], false],
  ["CREATE TABLE t (k TEXT, PRIMARY KEY (k COLLATE NOCASE))", ["k NOCASE"], false],
  ["CREATE TABLE t (x, y, PRIMARY KEY (y, x)) WITHOUT ROWID", ["y BINARY", "x BINARY"], false],
  ["CREATE TABLE t (u UNIQUE, k NOT NULL UNIQUE)", ["k BINARY"], false],
  [
    "CREATE TABLE t (x NOT NULL, y NOT NULL, z NOT NULL COLLATE RTRIM UNIQUE, UNIQUE (x, y))",
    ["z RTRIM"],
    false,
  ],
  ["CREATE TABLE t (x NOT NULL); CREATE UNIQUE INDEX i ON t(x) WHERE x > 1", [], false],
  ["CREATE TABLE t (x NOT NULL); CREATE UNIQUE INDEX i ON t(lower(x))", [], false],
  ["CREATE VIRTUAL TABLE t USING fts5(body)", ["rowid BINARY"], true],
  ["CREATE VIRTUAL TABLE t USING rtree(n, x, y)", ["n BINARY"], true],
])("the key of %s", (sql, key, generatedKey) => {
  const db = new Database(":memory:");
  db.exec(sql);
  const [table] = describeTables(db);
  expect(table?.key.map(({ name, collation }) => `${name} ${collation}`)).toEqual(key);
  expect(table?.generatedKey).toBe(generatedKey);
});

test("constraints are noticed, and an index over other content is left out", () => {
  const db = new Database(":memory:");
  db.exec(`
    CREATE TABLE plain (id INTEGER PRIMARY KEY, updated_at, g AS (id + 1));
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (p REFERENCES Parent);
    CREATE TABLE uniq (id INTEGER PRIMARY KEY, u UNIQUE);
    CREATE TABLE checked (id INTEGER PRIMARY KEY CHECK (id > 0));
    CREATE VIRTUAL TABLE fts USING fts5(x, content='plain');`);
  const tables = describeTables(db);
  expect(tables.filter(({ constrained }) => constrained).map(({ name }) => name)).toEqual([
    "checked",
    "child",
    "parent",
    "uniq",
  ]);
  expect(tables.find(({ name }) => name === "plain")).toMatchObject({
    columns: ["id", "updated_at"],
    timestampColumn: "updated_at",
    constrained: false,
  });
  expect(tables.some(({ name }) => name === "fts")).toBe(false);
});
