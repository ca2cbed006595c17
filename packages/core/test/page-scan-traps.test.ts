import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { diffDatabases, diffRows } from "../src/engine/diff.ts";
import type { ScanPages } from "../src/sqlite/pages/page-scanner.ts";
import { scanPair } from "../src/sqlite/pages/scan.ts";
import { collected, makeDatabase, temporaryFolder } from "./databases.ts";

const scanPages: ScanPages = (request) => Promise.resolve(scanPair(request));

interface Pair {
  readonly a: string;
  readonly b: string;
}

function makePair(sqlA: string, sqlB: string): Pair {
  const folder = temporaryFolder();
  return {
    a: makeDatabase(join(folder, "a.db"), (db) => db.exec(sqlA)),
    b: makeDatabase(join(folder, "b.db"), (db) => db.exec(sqlB)),
  };
}

/** Two copies, one of them edited. */
function makeCopies(sql: string, edit: string): Pair {
  const folder = temporaryFolder();
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  makeDatabase(pair.a, (db) => db.exec(sql));
  copyFileSync(pair.a, pair.b);
  makeDatabase(pair.b, (db) => db.exec(edit));
  return pair;
}

async function expectSame(pair: Pair): Promise<void> {
  const [full, found] = [await diffDatabases(pair), await diffDatabases(pair, { scanPages })];
  expect(found.tables).toEqual(full.tables);
  expect(await collected(diffRows(pair, { scanPages }))).toEqual(await collected(diffRows(pair)));
}

function manyRows(count: number, values: string): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO t SELECT ${values} FROM n`;
}

describe("equal pages with other rows", () => {
  const rows = "INSERT INTO t VALUES (1, 'left', 'right'), (2, 'up', 'down')";
  const added = (value: string): string =>
    `CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2); ALTER TABLE t ADD COLUMN x DEFAULT ${value}`;
  const cases: Record<string, [string, string]> = {
    "another order of columns": [
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x, y); ${rows}`,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, y, x); ${rows}`,
    ],
    "columns renamed crosswise": [
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x, y); ${rows}`,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x, y); ${rows}; ALTER TABLE t RENAME x TO z;
       ALTER TABLE t RENAME y TO x; ALTER TABLE t RENAME z TO y`,
    ],
    "a column added with another default": [added("1"), added("2")],
    "a default that differs in its letters' case only": [added("Abc"), added("abc")],
  };
  test.each(Object.entries(cases))("are not taken for the same: %s", async (_, [sqlA, sqlB]) => {
    const pair = makePair(sqlA, sqlB);
    const { tables, scan } = await diffDatabases(pair, { scanPages });
    expect(tables).toMatchObject([{ changed: 2, same: 0 }]);
    expect(scan.notKnown[0]?.reason).toMatch(/alike/);
    await expectSame(pair);
  });
});

describe("a page scan", () => {
  test("sees an edit that changed an overflow page only", async () => {
    const pair = makeCopies(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${manyRows(20, "i, printf('%.*c', 9000, 'x')")}`,
      "UPDATE t SET v = substr(v, 1, 6000) || '!' || substr(v, 6002) WHERE id = 7",
    );
    const { tables, scan } = await diffDatabases(pair, { scanPages });
    expect(tables).toMatchObject([{ changed: 1, same: 19 }]);
    expect(scan).toMatchObject({ method: "pages", candidates: 1, notKnown: [] });
  });

  test.each([
    ["on its page", 60],
    ["on an overflow page", 900],
  ])("sees an edit of any row of a WITHOUT ROWID table, %s", async (_, length) => {
    // Some rows stand between two leaves, on a page above them; editing one of those touches no leaf.
    const pair = makeCopies(
      `PRAGMA page_size = 512; CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITHOUT ROWID;
       ${manyRows(60, `i, printf('%.*c', ${length}, 'x')`)}`,
      "",
    );
    for (let id = 1; id <= 60; id++) {
      const edit = (end: string): void =>
        void makeDatabase(pair.b, (db) =>
          db.exec(`UPDATE t SET v = substr(v, 1, ${length - 1}) || '${end}' WHERE id = ${id}`),
        );
      edit("!");
      const { tables, scan } = await diffDatabases(pair, { scanPages });
      expect([id, tables[0]]).toMatchObject([id, { changed: 1, same: 59 }]);
      expect(scan).toMatchObject({ method: "pages", candidates: 1, notKnown: [] });
      edit("x");
    }
  });

  test("reads a database whose pages have bytes reserved, long rows too", async () => {
    const folder = temporaryFolder();
    const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
    makeDatabase(a, (db) => db.exec("PRAGMA page_size = 512; PRAGMA user_version = 1"));
    const empty = readFileSync(a);
    empty.writeUInt8(32, 20);
    empty.writeUInt16BE(512 - 32, 105);
    writeFileSync(a, empty);
    makeDatabase(a, (db) =>
      db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${manyRows(300, "i, zeroblob(i * 4)")}`),
    );
    copyFileSync(a, b);
    makeDatabase(b, (db) => db.exec("UPDATE t SET v = zeroblob(999) WHERE id % 50 = 0; VACUUM"));
    const { tables, scan } = await diffDatabases({ a, b }, { scanPages });
    expect(tables).toMatchObject([{ changed: 6, same: 294 }]);
    expect(scan).toMatchObject({ method: "pages", candidates: 6, notKnown: [] });
  });

  test("reads frames of a WAL that is larger than what is read at once", async () => {
    const pair = makeCopies(
      `PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${manyRows(400, "i, zeroblob(9000)")}`,
      "",
    );
    const writer = new Database(pair.b);
    writer.pragma("wal_autocheckpoint = 0");
    for (let round = 1; round <= 3; round++) {
      writer.exec(`UPDATE t SET v = zeroblob(9000 + ${round}) WHERE id % 2 = 0`);
    }
    const { tables, scan } = await diffDatabases(pair, { scanPages });
    writer.close();
    expect(tables).toMatchObject([{ changed: 200, same: 200 }]);
    expect(scan).toMatchObject({ method: "pages", candidates: 200, notKnown: [] });
  });

  test("leaves a table to the full scan where most of it differs, and scans the others", async () => {
    const pair = makeCopies(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${manyRows(30_000, "i, i")};
       CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)`,
      "UPDATE t SET v = -v; INSERT INTO u VALUES (2)",
    );
    const { tables, scan } = await diffDatabases(pair, { scanPages });
    expect(tables).toMatchObject([{ changed: 30_000 }, { onlyInB: 1, same: 1 }]);
    expect(scan).toMatchObject({
      method: "pages",
      candidates: 1,
      notKnown: [{ table: "t", reason: "too many rows differ" }],
    });
  });

  test("leaves a damaged table to SQLite, which says what is the matter", async () => {
    const pair = makeCopies(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${manyRows(2000, "i, zeroblob(100)")}`,
      "UPDATE t SET v = 1 WHERE id = 1000",
    );
    const bytes = readFileSync(pair.b);
    bytes.fill(0xff, 3 * 4096, 30 * 4096);
    writeFileSync(pair.b, bytes);
    await expect(diffDatabases(pair, { scanPages })).rejects.toMatchObject({
      code: "SYNC_CORRUPT",
    });
  });

  test("compares what has no pages of its own row by row", async () => {
    const pair = makeCopies(
      "CREATE VIRTUAL TABLE t USING fts5(x); CREATE TABLE u (rowid, oid, _rowid_); INSERT INTO u VALUES (1, 2, 3)",
      "INSERT INTO t VALUES ('word'); INSERT INTO u VALUES (4, 5, 6)",
    );
    const { scan } = await diffDatabases(pair, { scanPages });
    expect(scan).toMatchObject({ method: "full", notKnown: [{ table: null }] });
    await expectSame(pair);
  });
});
