import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { attach } from "../../../test/attached.ts";
import { affinityOf } from "./affinity.ts";
import { readSchema } from "./read-schema.ts";

const declared = [
  "INT",
  "INTEGER",
  "BIGINT",
  "POINT",
  "FLOATING POINT",
  "CHARINT",
  "VARCHAR(255)",
  "NVARCHAR(5)",
  "CLOB",
  "text",
  "TEXT(10)",
  "BLOB",
  "",
  "longblob",
  "REAL",
  "DOUBLE PRECISION",
  "FLOAT",
  "NUMERIC",
  "DECIMAL(10,5)",
  "BOOLEAN",
  "DATE",
  "ANY",
  "STRING",
  "ınt",
];

test.each(declared)("a column declared as %j has the affinity that SQLite gives it", (type) => {
  const db = new Database(":memory:");
  db.exec(
    `CREATE TABLE t (x ${type === "ınt" ? '"ınt"' : type}); INSERT INTO t VALUES (1), ('1'), (1.0), ('x')`,
  );
  const classes = db.prepare("SELECT group_concat(typeof(x), ' ') FROM t").pluck().get();
  const byAffinity = {
    INTEGER: "integer integer integer text",
    NUMERIC: "integer integer integer text",
    TEXT: "text text text text",
    REAL: "real real real text",
    BLOB: "integer text real text",
  };
  const name = String(db.prepare("SELECT type FROM pragma_table_xinfo('t')").pluck().get());
  expect(byAffinity[affinityOf(name, false)]).toBe(classes);
});

test("ANY keeps every value in a STRICT table only", () => {
  expect(affinityOf("ANY", true)).toBe("BLOB");
  expect(affinityOf("any", true)).toBe("BLOB");
  expect(affinityOf("ANY", false)).toBe("NUMERIC");
});

describe("mixedClasses", () => {
  const values = [
    "1",
    "1.0",
    "'1'",
    "x'31'",
    "0.0",
    "-0.0",
    "9007199254740992",
    "9007199254740992.0",
    "'9007199254740992.0'",
    "4611686018427387904.0",
    "9223372036854774784.0",
    "9223372036854775807",
    "9223372036854775808.0",
    "-9223372036854775808",
    "-9223372036854775808.0",
    "'-9223372036854775808'",
    "'-9223372036854775808.0'",
    "-9223372036854774784.0",
    "1e300",
    "'1e3'",
    "'0x1'",
    "NULL",
  ];

  /** Which equal values of different storage class a column of this type really comes to hold. */
  function mixed(column: string, suffix = ""): readonly unknown[] {
    const db = new Database(":memory:");
    db.exec(`CREATE TABLE t (n INTEGER PRIMARY KEY, ${column}) ${suffix}`);
    const strictRefuses = values.filter((value) => !inserts(db, value));
    expect(strictRefuses.length > 0).toBe(suffix === "STRICT" && column !== "x ANY");
    return db
      .prepare(
        "SELECT DISTINCT p.x FROM t p JOIN t q ON p.x = q.x COLLATE BINARY AND typeof(p.x) <> typeof(q.x)",
      )
      .pluck()
      .all();
  }

  function inserts(db: Database.Database, value: string): boolean {
    try {
      db.exec(`INSERT INTO t (x) VALUES (${value})`);
      return true;
    } catch {
      return false;
    }
  }

  test.each([
    ["x", "", "any"],
    ["x BLOB", "", "any"],
    ["x ANY", "STRICT", "any"],
    ["x INTEGER", "", "extreme"],
    ["x NUMERIC", "", "extreme"],
    ["x ANY", "", "extreme"],
    ["x TEXT", "", "never"],
    ["x REAL", "", "never"],
    ["x INT", "STRICT", "never"],
    ["x REAL", "STRICT", "never"],
    ["x TEXT", "STRICT", "never"],
    ["x BLOB", "STRICT", "never"],
  ])("of %s %s is %s, as values show", (column, suffix, expected) => {
    const { db } = attach(`CREATE TABLE t (n INTEGER PRIMARY KEY, ${column}) ${suffix}`);
    const found = readSchema(db, "a").tables[0]?.columns[1]?.mixedClasses;
    expect(found).toBe(expected);
    const held = mixed(column, suffix);
    if (expected === "never") expect(held).toEqual([]);
    if (expected === "extreme") expect(new Set(held)).toEqual(new Set([-(2 ** 63)]));
    if (expected === "any") expect(held).toContain(1);
  });

  test.each([
    ["CREATE TABLE t (id INTEGER PRIMARY KEY)", "never"],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY DESC)", "extreme"],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID", "extreme"],
  ])("of the key of %s is %s", (sql, expected) => {
    const { db } = attach(sql);
    expect(readSchema(db, "a").tables[0]?.columns[0]?.mixedClasses).toBe(expected);
  });
});
