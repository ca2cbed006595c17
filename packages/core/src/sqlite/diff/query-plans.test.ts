import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { makeDatabase, temporaryFolder } from "../../../test/databases.ts";
import { openAttached } from "../connection.ts";
import { findDatabase } from "../files.ts";
import { projectPair } from "../projection/project-pair.ts";
import { bothTables } from "../projection/views.ts";
import { readSchema } from "../schema/read-schema.ts";
import { comparedTable, createNotes } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { allRows, groupBag } from "./find-bag.ts";
import { lookFromA, lookFromB } from "./find-keyed.ts";
import { markReplaced, placeNewContents, placeNewRows } from "./plan-patch.ts";
import { changedFlags, rowOf } from "./read-differences.ts";

const KEYED = {
  rowid: "CREATE TABLE t (id INTEGER PRIMARY KEY, v, u UNIQUE)",
  "INT key": "CREATE TABLE t (id INT PRIMARY KEY, v, u UNIQUE)",
  "descending integer key": "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v, u UNIQUE)",
  "text key": "CREATE TABLE t (k TEXT PRIMARY KEY, v, u UNIQUE)",
  "key without affinity": "CREATE TABLE t (k PRIMARY KEY, v, u UNIQUE)",
  "NOCASE column": "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v, u UNIQUE)",
  "NOCASE index": "CREATE TABLE t (k TEXT, v, u UNIQUE, PRIMARY KEY (k COLLATE NOCASE))",
  "BINARY index of a NOCASE column":
    "CREATE TABLE t (k TEXT COLLATE NOCASE, v, u UNIQUE, PRIMARY KEY (k COLLATE BINARY))",
  composite: "CREATE TABLE t (x TEXT, y INT, z REAL, v, u UNIQUE, PRIMARY KEY (y, x, z))",
  "WITHOUT ROWID":
    "CREATE TABLE t (x TEXT, y NUMERIC, v, u UNIQUE, PRIMARY KEY (y, x)) WITHOUT ROWID",
  "UNIQUE NOT NULL": "CREATE TABLE t (v, k BLOB NOT NULL UNIQUE, u UNIQUE)",
  STRICT: "CREATE TABLE t (k ANY PRIMARY KEY, v ANY, u ANY UNIQUE) STRICT",
};

function attachCopies(sql: string): { db: Database.Database; compared: Compared } {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  makeDatabase(a, (db) => db.exec(sql));
  copyFileSync(a, b);
  const files = { a: findDatabase(a, { write: false }), b: findDatabase(b, { write: false }) };
  const db = openAttached(files, true, 0);
  const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
  const [table] = schemas.a.tables;
  const seen = projectPair(schemas, {}, { a: false, b: false });
  const both = table === undefined ? null : bothTables(seen, table.name);
  if (table === undefined || both === null) throw new Error("no table");
  const compared = comparedTable(table, both);
  createNotes(db, compared);
  return { db, compared };
}

function planOf(db: Database.Database, sql: string, binds = 0): string[] {
  const rows = db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...Array.from({ length: binds }, () => 1)) as {
    detail: string;
  }[];
  return rows.map(({ detail }) => detail);
}

/** Every loop but the outermost searches, by an index that is there. */
function expectSearches(plan: readonly string[], outer: RegExp): void {
  expect(plan.filter((step) => step.startsWith("SCAN") && !outer.test(step))).toEqual([]);
  expect(plan.filter((step) => step.includes("AUTOMATIC"))).toEqual([]);
  expect(plan.filter((step) => step.startsWith("SEARCH")).length).toBeGreaterThan(0);
}

describe.each(Object.entries(KEYED))("statements of a table with key: %s", (_, sql) => {
  test("search by key for every row of the side they walk", () => {
    const { db, compared } = attachCopies(sql);
    expectSearches(
      planOf(db, lookFromA(compared, { from: allRows(compared).a, where: "TRUE" })),
      /^SCAN x( USING COVERING INDEX .*)?$/,
    );
    expectSearches(
      planOf(db, lookFromB(compared, { from: allRows(compared).b, where: "TRUE" })),
      /^SCAN x( USING COVERING INDEX .*)?$/,
    );
    db.close();
  });

  test("search by key for every noted key", () => {
    const { db, compared } = attachCopies(sql);
    expectSearches(planOf(db, `SELECT x.* ${rowOf(compared, "a")}`, 1), /^$/);
    expectSearches(planOf(db, changedFlags(compared), 1), /^$/);
    expectSearches(planOf(db, markReplaced(compared)), /^SCAN d$/);
    if (compared.table.rowidName !== null) {
      expectSearches(planOf(db, placeNewRows(compared, compared.table.rowidName)), /^SCAN d$/);
    }
    db.close();
  });
});

test("rows of a bag are paired by a search for their rowid", () => {
  const { db, compared } = attachCopies("CREATE TABLE t (x, y)");
  expectSearches(planOf(db, groupBag(compared, allRows(compared))), /^SCAN (x|\(subquery-\d+\))$/);
  expectSearches(planOf(db, placeNewContents(compared, "rowid")), /^SCAN d$/);
  db.close();
});
