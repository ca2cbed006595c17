import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { allowSchemaEdits, attach } from "../../../test/attached.ts";
import { tableNamed } from "./compare-schemas.ts";
import { readSchema } from "./read-schema.ts";
import type { LeftOut } from "./types.ts";
import { findUnsupported } from "./unsupported.ts";

/** The maker of the file has a function and may edit the schema; the reader does not. */
function prepare(db: Database.Database): void {
  db.function("slug", { deterministic: true }, (value: unknown) => value);
  allowSchemaEdits(db);
}

function unsupportedIn(sql: string, readonly = false): LeftOut | null {
  const { db, schemaName } = attach(sql, { prepare, readonly });
  const table = tableNamed(readSchema(db, schemaName), "t");
  if (table === null) throw new Error("no table t");
  return findUnsupported(db, schemaName, table);
}

const missingCollation = "UPDATE sqlite_schema SET sql = replace(sql, 'RTRIM', 'german');";
const missingModule = `INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
  VALUES ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING vec0(x)');`;

describe.each([false, true])("readonly: %s", (readonly) => {
  test.each([
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, g AS (a || 'x') STORED, CHECK (a > 0)); CREATE UNIQUE INDEX i ON t (lower(a))",
    ],
    ["CREATE TABLE t (a, b)"],
    [
      'CREATE TABLE t ("select" TEXT COLLATE NOCASE, "a ""b" INT, PRIMARY KEY ("select", "a ""b")) WITHOUT ROWID',
    ],
    ["CREATE VIRTUAL TABLE t USING fts5(a)"],
    ["CREATE VIRTUAL TABLE t USING fts4(a, languageid='l')"],
    ["CREATE VIRTUAL TABLE t USING rtree(id, x0, x1, +a)"],
    ["CREATE VIRTUAL TABLE t USING geopoly(a)"],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY, rowid, _rowid_, oid)"],
    [
      `CREATE TABLE t (a CHECK (a <> 'text')); UPDATE sqlite_schema SET sql = replace(sql, char(39), '"')`,
    ],
    // Foreign keys that lead nowhere are no business of the statements: syncing switches them off.
    ["CREATE TABLE t (id INTEGER PRIMARY KEY, a REFERENCES nowhere, b REFERENCES nowhere (x))"],
    [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, u); CREATE TABLE child (a REFERENCES t (u)); CREATE TABLE n (a REFERENCES t (no))",
    ],
  ])("nothing is missing for %s", (sql) => {
    expect(unsupportedIn(sql, readonly)).toBeNull();
  });

  test.each([
    [
      "collation of the key",
      `CREATE TABLE t (k TEXT COLLATE RTRIM PRIMARY KEY, a); ${missingCollation}`,
      "it needs the collation german, which is not here",
    ],
    [
      "collation of a WITHOUT ROWID key",
      `CREATE TABLE t (k TEXT COLLATE RTRIM PRIMARY KEY, a) WITHOUT ROWID; ${missingCollation}`,
      "it needs the collation german, which is not here",
    ],
    [
      "collation of a plain index",
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a COLLATE RTRIM); ${missingCollation}`,
      "it needs the collation german, which is not here",
    ],
    [
      "function in a CHECK",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a CHECK (slug(a) > ''))",
      "it needs the function slug, which is not here",
    ],
    [
      "function in a generated column",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, g AS (slug(a)) STORED)",
      "it needs the function slug, which is not here",
    ],
    [
      "function in an index",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (slug(a))",
      "it needs the function slug, which is not here",
    ],
    [
      "function in a partial index",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a) WHERE slug(a) > 1",
      "it needs the function slug, which is not here",
    ],
    [
      "function in a trigger",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TRIGGER tr AFTER UPDATE ON t BEGIN SELECT slug(new.a); END",
      "it needs the function slug in its trigger tr, which is not here",
    ],
    [
      "function in a trigger of a table that a trigger writes to",
      "CREATE TABLE t (a); CREATE TABLE u (a); CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO u VALUES (1); END; CREATE TRIGGER ur AFTER INSERT ON u BEGIN SELECT slug(1); END",
      "it needs the function slug, which is not here",
    ],
    [
      "module behind a trigger",
      `CREATE TABLE t (a); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO vec VALUES (1); END; ${missingModule}`,
      "it needs the module vec0, which is not here",
    ],
    [
      "double-quoted text in a trigger",
      'CREATE TABLE t (a); CREATE TABLE u (a); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO u VALUES ("text"); END',
      '"text" in its trigger tr is neither a column nor, by today\'s rules, a text: texts are written in single quotes',
    ],
    [
      "trigger that writes to a table that is gone",
      "CREATE TABLE t (a); CREATE TRIGGER tr AFTER DELETE ON t BEGIN DELETE FROM gone; END",
      `a write to it does not compile: no such table: ${readonly ? "main" : "a"}.gone`,
    ],
  ])("a missing %s is named", (_, sql, reason) => {
    expect(unsupportedIn(sql, readonly)).toEqual({ table: "t", severity: "unsupported", reason });
  });
});

test("the other tables of the file stay usable", () => {
  const { db } = attach("CREATE TABLE t (a CHECK (slug(a))); CREATE TABLE u (a)", { prepare });
  const schema = readSchema(db, "a");
  expect(schema.tables.map((table) => findUnsupported(db, "a", table) === null)).toEqual([
    false,
    true,
  ]);
});

test("nothing is written and no lock is kept", () => {
  const { db, schemaName } = attach("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  const file = String(
    db.prepare("SELECT file FROM pragma_database_list WHERE name = 'a'").pluck().get(),
  );
  const before = statSync(file).mtimeMs;
  const table = tableNamed(readSchema(db, schemaName), "t");
  expect(table && findUnsupported(db, schemaName, table)).toBeNull();
  expect(db.prepare("SELECT total_changes(), (SELECT count(*) FROM a.t)").raw().get()).toEqual([
    0, 1,
  ]);
  expect(statSync(file).mtimeMs).toBe(before);
  expect(db.inTransaction).toBe(false);
});
