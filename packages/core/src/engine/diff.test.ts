import { copyFileSync, existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { collected, fileHashes, makeDatabase, temporaryFolder } from "../../test/databases.ts";
import { diffDatabases, diffPatch, diffRows } from "./diff.ts";

function pairOf(sqlA: string, sqlB: string): { a: string; b: string } {
  const folder = temporaryFolder();
  return {
    a: makeDatabase(join(folder, "a.db"), (db) => db.exec(sqlA)),
    b: makeDatabase(join(folder, "b.db"), (db) => db.exec(sqlB)),
  };
}

const PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INT);";
const SHOP = `${PEOPLE} CREATE TABLE orders (id TEXT PRIMARY KEY, total REAL);`;

async function thrown(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return null;
}

describe("diffDatabases", () => {
  test("counts rows only in a, only in b, changed and same, table by table", async () => {
    const pair = pairOf(
      `${SHOP} INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', 40), (3, 'Cyd', 50)`,
      `${SHOP} INSERT INTO people VALUES (1, 'Ada', 37), (3, 'Cyd', 50), (4, 'Dan', 1), (5, 'Eve', 2)`,
    );
    expect(await diffDatabases(pair)).toEqual({
      schemaVersion: 1,
      command: "diff",
      ...pair,
      same: false,
      tables: [
        { table: "people", onlyInA: 1, onlyInB: 2, changed: 1, same: 1 },
        { table: "orders", onlyInA: 0, onlyInB: 0, changed: 0, same: 0 },
      ],
      scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
    });
  });

  test("compares only the tables that are chosen", async () => {
    const pair = pairOf(`${SHOP} INSERT INTO people VALUES (1, 'Ada', 36)`, SHOP);
    const report = await diffDatabases(pair, { tables: ["ORDERS"] });
    expect(report.same).toBe(true);
    expect(report.tables.map(({ table }) => table)).toEqual(["orders"]);
  });

  test("names every schema difference and what to do about it", async () => {
    const pair = pairOf(SHOP, PEOPLE.replace("age INT", "age TEXT"));
    expect(await thrown(async () => diffDatabases(pair))).toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
      message: expect.stringMatching(
        /`age` is INTEGER in a and TEXT in b[^]*`orders` is only in a/,
      ),
      details: { differences: [{ table: "people" }, { table: "orders" }] },
    });
    expect(await thrown(async () => diffDatabases(pair, { tables: ["order"] }))).toMatchObject({
      code: "SYNC_UNKNOWN_TABLE",
      message: expect.stringContaining("`orders`"),
    });
  });

  test("says what keeps a file from being compared", async () => {
    const folder = temporaryFolder();
    const a = makeDatabase(join(folder, "a.db"), (db) => db.exec(SHOP));
    const link = join(folder, "link.db");
    symlinkSync(a, link);
    const text = join(folder, "text.db");
    writeFileSync(text, "not a database, by far not ".repeat(50));
    const missing = join(folder, "missing.db");
    const codeOf = async (b: string): Promise<unknown> =>
      thrown(async () => diffDatabases({ a, b }));
    expect(await codeOf(link)).toMatchObject({ code: "SYNC_SAME_FILE" });
    expect(await codeOf(missing)).toMatchObject({ code: "SYNC_DB_MISSING" });
    expect(await codeOf(folder)).toMatchObject({ code: "SYNC_NOT_A_FILE" });
    expect(await codeOf(text)).toMatchObject({ code: "SYNC_NOT_A_DATABASE" });
    expect(existsSync(missing)).toBe(false);
  });

  test("stops with SYNC_CANCELLED when it is told to", async () => {
    const pair = pairOf(SHOP, SHOP);
    expect(
      await thrown(async () => diffDatabases(pair, { signal: AbortSignal.abort() })),
    ).toMatchObject({
      code: "SYNC_CANCELLED",
    });
  });

  test("tells its progress by table", async () => {
    const seen = new Set<string>();
    await diffDatabases(pairOf(SHOP, SHOP), {
      onProgress: ({ phase, table }) => seen.add(`${phase} ${table}`),
    });
    expect([...seen]).toEqual(["read people", "read orders"]);
  });

  test("sees what a writer left in the WAL, and checkpoints nothing", async () => {
    const pair = pairOf(`PRAGMA journal_mode = WAL; ${SHOP}`, SHOP);
    const writer = new Database(pair.a);
    writer.exec("INSERT INTO people VALUES (1, 'Ada', 36)");
    const hashes = fileHashes(pair.a, `${pair.a}-wal`, pair.b);
    expect((await diffDatabases(pair)).tables[0]).toMatchObject({ onlyInA: 1 });
    expect(await collected(diffRows(pair))).toHaveLength(1);
    expect((await collected(diffPatch(pair))).length).toBeGreaterThan(1);
    expect(fileHashes(pair.a, `${pair.a}-wal`, pair.b)).toEqual(hashes);
    writer.close();
  });
});

describe("diffRows", () => {
  test("gives each differing row with its key and the columns that differ, in the order of the key", async () => {
    const pair = pairOf(
      `${PEOPLE} INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', 40), (9, 'Ivy', 7)`,
      `${PEOPLE} INSERT INTO people VALUES (1, 'ADA', 36.5), (5, 'Eve', 2), (9, 'Ivy', 7)`,
    );
    expect(await collected(diffRows(pair))).toEqual([
      {
        table: "people",
        key: { id: 1n },
        a: { id: 1n, name: "Ada", age: 36n },
        b: { id: 1n, name: "ADA", age: 36.5 },
        changed: ["name", "age"],
      },
      {
        table: "people",
        key: { id: 2n },
        a: { id: 2n, name: "Bob", age: 40n },
        b: null,
        changed: [],
      },
      {
        table: "people",
        key: { id: 5n },
        a: null,
        b: { id: 5n, name: "Eve", age: 2n },
        changed: [],
      },
    ]);
  });

  test("gives a keyless table's row as often as one side has more of it, its whole content as key", async () => {
    const pair = pairOf(
      "CREATE TABLE t (x); INSERT INTO t VALUES (1), (1), (1)",
      "CREATE TABLE t (x); INSERT INTO t VALUES (1), (1.0)",
    );
    const surplus = { table: "t", key: { x: 1n }, a: { x: 1n }, b: null, changed: [] };
    const rows = await collected(diffRows(pair));
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(
      expect.arrayContaining([
        surplus,
        surplus,
        { table: "t", key: { x: 1 }, a: null, b: { x: 1 }, changed: [] },
      ]),
    );
  });

  test("can be left early", async () => {
    const pair = pairOf(`${PEOPLE} INSERT INTO people (name) VALUES ('a'), ('b'), ('c')`, PEOPLE);
    for await (const row of diffRows(pair)) {
      expect(row.key).toEqual({ id: 1n });
      break;
    }
    // The read lock is gone.
    const db = new Database(pair.a, { timeout: 0 });
    expect(() => db.exec("DELETE FROM people")).not.toThrow();
    db.close();
  });
});

describe("diffPatch", () => {
  test("is readable where values are", async () => {
    const pair = pairOf(
      `${SHOP} INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', 40); INSERT INTO orders VALUES ('x', 19.5)`,
      `${SHOP} INSERT INTO people VALUES (1, 'Ada', 37), (3, 'It''s', NULL); INSERT INTO orders VALUES ('x', 19.99)`,
    );
    expect((await collected(diffPatch(pair))).filter((line) => !line.startsWith("--"))).toEqual([
      "PRAGMA foreign_keys = OFF;",
      "BEGIN IMMEDIATE;",
      'DELETE FROM "people" WHERE "id" = 2;',
      'UPDATE "people" SET "age" = 37 WHERE "id" = 1;',
      `UPDATE "orders" SET "total" = 19.99 WHERE "id" = 'x';`,
      `INSERT INTO "people" ("id", "name", "age") VALUES (3, 'It''s', NULL);`,
      "COMMIT;",
    ]);
  });

  test("gives rows the rowid that they have in b, where nothing else has it", async () => {
    const table = "CREATE TABLE t (k TEXT PRIMARY KEY, u UNIQUE); CREATE TABLE bag (v);";
    const pair = pairOf(
      `${table} INSERT INTO t (rowid, k, u) VALUES (10, 'a', 1), (20, 'b', 2), (30, 'c', 3), (41, 'taken', 9);
       INSERT INTO bag (rowid, v) VALUES (5, 'x'), (9, 'x'), (7, 'y')`,
      `${table} INSERT INTO t (rowid, k, u) VALUES (11, 'a', 2), (20, 'b', 1), (30, 'd', 3), (40, 'e', 4), (41, 'f', 5), (77, 'taken', 9);
       INSERT INTO bag (rowid, v) VALUES (5, 'z'), (9, 'x'), (7, 'y'), (100, 'new')`,
    );
    const db = new Database(pair.a);
    const patch = (await collected(diffPatch(pair))).join("\n");
    db.exec(patch);
    expect(db.prepare("SELECT rowid, k FROM t ORDER BY rowid").raw().all()).toEqual([
      [10, "a"],
      [20, "b"],
      [30, "d"],
      [40, "e"],
      [41, "taken"],
      [42, "f"],
    ]);
    expect(db.prepare("SELECT rowid, v FROM bag ORDER BY rowid").raw().all()).toEqual([
      [5, "z"],
      [7, "y"],
      [9, "x"],
      [100, "new"],
    ]);
    db.close();
  });

  test("moves a sequence up to that of b, never down", async () => {
    const table = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v);";
    const low = `${table} INSERT INTO t VALUES (1, 'a')`;
    const high = `${table} INSERT INTO t VALUES (1, 'a'), (50, 'b'); DELETE FROM t WHERE id = 50`;
    const sequenceAfter = async (pair: { a: string; b: string }): Promise<unknown> => {
      const db = new Database(pair.a);
      db.exec((await collected(diffPatch(pair))).join("\n"));
      const sequence = db.prepare("SELECT seq FROM sqlite_sequence").pluck().get();
      db.close();
      return sequence;
    };
    expect(await sequenceAfter(pairOf(low, high))).toBe(50);
    expect(await sequenceAfter(pairOf(high, low))).toBe(50);
    expect(await sequenceAfter(pairOf(table, high))).toBe(50);
  });

  test("leaves nothing half done where a statement fails", async () => {
    const pair = pairOf(
      `${PEOPLE} INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob', 40)`,
      `${PEOPLE} INSERT INTO people VALUES (1, 'Ada', 37), (3, 'Cyd', 1)`,
    );
    const patch = (await collected(diffPatch(pair))).join("\n");
    const other = join(temporaryFolder(), "other.db");
    copyFileSync(pair.a, other);
    const db = new Database(other);
    db.exec("INSERT INTO people VALUES (3, 'in the way', 0)");
    expect(() => db.exec(patch)).toThrow(/UNIQUE/);
    db.close();
    const after = new Database(other);
    expect(
      after.prepare("SELECT count(*) FROM people WHERE id = 2 AND age = 40").pluck().get(),
    ).toBe(1);
    after.close();
  });

  test("fails where a row is in the way, though the table says ON CONFLICT REPLACE", async () => {
    const table = "CREATE TABLE t (id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE, v);";
    const pair = pairOf(
      `${table} INSERT INTO t VALUES (1, 'a', 0)`,
      `${table} INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 0)`,
    );
    const patch = (await collected(diffPatch(pair))).join("\n");
    const db = new Database(pair.a);
    db.exec("INSERT INTO t VALUES (9, 'b', 9)");
    expect(() => db.exec(patch)).toThrow(/UNIQUE/);
    db.exec("ROLLBACK");
    expect(db.prepare("SELECT id FROM t ORDER BY id").pluck().all()).toEqual([1, 9]);
    db.close();
  });

  test("says that an index goes stale which only suppressed triggers feed", async () => {
    const sql = `CREATE TABLE p (id INTEGER PRIMARY KEY, x); CREATE TABLE log (id INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE area USING rtree(id, x0, x1);
      CREATE TRIGGER pi AFTER INSERT ON p BEGIN INSERT INTO area VALUES (new.id, new.x, new.x); INSERT INTO log VALUES (new.id); END;`;
    const lines = await collected(diffPatch(pairOf(sql, `${sql} INSERT INTO p VALUES (1, 1)`)));
    expect(lines.join("\n")).toMatch(/-- The index area cannot be rebuilt/);
  });
});
