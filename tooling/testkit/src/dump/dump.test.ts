import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { canonicalValue, parseCanonical } from "./canonical.ts";
import { dumpDatabase } from "./dump.ts";
import { integrityOf } from "./integrity.ts";

function databaseWith(sql: string): Database.Database {
  const db = new Database(":memory:");
  db.exec(sql);
  return db;
}

test("a dump tells storage classes, bits and bytes apart", () => {
  const db = databaseWith(`
    CREATE TABLE t(v);
    INSERT INTO t VALUES (1), (1.0), ('1'), (X'31'), (NULL), (-9223372036854775808), (1e999),
      (CAST(X'610062' AS TEXT)), (CAST(X'ff' AS TEXT)), (-0.0), (0.0);`);
  expect(dumpDatabase(db)["t"]?.map((row) => row["v"])).toEqual([
    "blob x'31'",
    "integer -9223372036854775808",
    "integer 1",
    "null",
    "real 0000000000000000",
    "real 0000000000000000",
    "real 3ff0000000000000",
    "real 7ff0000000000000",
    "text '1'",
    "text x'610062'",
    "text x'ff'",
  ]);
});

test("generated columns and virtual tables are in it, shadow tables and views are not", () => {
  const db = databaseWith(`
    CREATE TABLE "odd ""name"(a, g AS (a + 1) STORED, h AS (a + 2));
    INSERT INTO "odd ""name"(a) VALUES (1);
    CREATE VIEW v AS SELECT 1;
    CREATE VIRTUAL TABLE f USING fts5(body);
    INSERT INTO f(rowid, body) VALUES (9, 'x');
    CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
    INSERT INTO r VALUES (4, 1, 2);`);
  expect(dumpDatabase(db)).toEqual({
    f: [{ rowid: "integer 9", body: "text 'x'" }],
    'odd "name': [{ a: "integer 1", g: "integer 2", h: "integer 3" }],
    r: [
      {
        rowid: "integer 4",
        id: "integer 4",
        x0: "real 3ff0000000000000",
        x1: "real 4000000000000000",
      },
    ],
  });
});

test("a canonical value can be taken apart again", () => {
  for (const [storageClass, value] of [
    ["null", null],
    ["integer", -7n],
    ["real", 0.1],
    ["text", Buffer.from("x'ff'")],
    ["text", Buffer.from([0])],
    ["blob", Buffer.from("a")],
  ] as const) {
    const parsed = parseCanonical(canonicalValue(storageClass, value));
    expect(parsed.class).toBe(storageClass);
    expect(Object.values(parsed).at(-1)).toEqual(value ?? "null");
  }
});

test("integrity names broken references, constraints and stale indexes", () => {
  const sound = databaseWith("CREATE TABLE t(a)");
  expect(integrityOf(sound)).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
  const broken = databaseWith(`
    PRAGMA foreign_keys = OFF;
    CREATE TABLE p(id INTEGER PRIMARY KEY, body TEXT NOT NULL, CHECK (body <> 'no'));
    CREATE TABLE c(p REFERENCES p);
    CREATE VIRTUAL TABLE f USING fts5(body, content='p', content_rowid='id');
    PRAGMA ignore_check_constraints = ON;
    INSERT INTO p VALUES (1, 'no');
    INSERT INTO c VALUES (5);
    PRAGMA ignore_check_constraints = OFF;`);
  expect(integrityOf(broken)).toEqual({
    problems: ["CHECK constraint failed in p"],
    foreignKeys: ["c(1) -> p"],
    staleIndexes: ["f"],
  });
});
