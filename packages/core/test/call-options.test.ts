import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { dumpDatabase } from "@sync/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, v, w); CREATE TABLE bag (x);
  INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3); INSERT INTO bag VALUES ('x'), ('x'), (1)`;

let pair: TestPair;
afterEach(() => pair.remove());

const beside = (name: string): string => join(dirname(pair.a), name);

describe("an explicit ancestor", () => {
  it("tells deletions from rows that are new, on a first run", async () => {
    pair = makePair(SCHEMA);
    copyFileSync(pair.a, beside("base.db"));
    pair.edit(
      "a",
      "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'A' WHERE id = 2; DELETE FROM bag WHERE x = 1",
    );
    pair.edit("b", "UPDATE t SET w = 22 WHERE id = 2; INSERT INTO t VALUES (4, 'four', 4)");
    const { report } = await pair.sync({ base: beside("base.db") });
    expect(report.tables[0]).toMatchObject({
      copied: 2,
      merged: 1,
      toB: { deleted: 1, updated: 1 },
      toA: { inserted: 1, updated: 1 },
    });
    expect(dumpDatabase(pair.a)).toEqual(dumpDatabase(pair.b));
    expect(pair.rows("a", "SELECT * FROM t WHERE id = 2")).toEqual([{ id: 2n, v: "A", w: 22n }]);
    expect(pair.rows("b", "SELECT * FROM bag")).toEqual([{ x: "x" }, { x: "x" }]);
  });

  it("takes the place of what was remembered, and is what later runs build on", async () => {
    pair = makePair(SCHEMA);
    copyFileSync(pair.a, beside("base.db"));
    await pair.sync();
    pair.edit("a", "DELETE FROM t WHERE id = 3");
    await pair.sync({ base: beside("base.db") });
    expect(pair.rows("b", "SELECT count(*) AS n FROM t")).toEqual([{ n: 2n }]);
    pair.edit("b", "DELETE FROM t WHERE id = 2");
    await pair.sync();
    expect(pair.rows("a", "SELECT id FROM t")).toEqual([{ id: 1n }]);
  });

  it("of other tables is refused before anything is written", async () => {
    pair = makePair(SCHEMA);
    const db = new Database(beside("base.db"));
    db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
    db.close();
    const before = readFileSync(pair.a);
    await expect(pair.sync({ base: beside("base.db") })).rejects.toMatchObject({
      code: "SYNC_SCHEMA_MISMATCH",
    });
    expect(readFileSync(pair.a)).toEqual(before);
  });
});

describe("a merge into another file", () => {
  it("leaves both inputs byte for byte and remembers nothing", async () => {
    pair = makePair(SCHEMA);
    copyFileSync(pair.a, beside("base.db"));
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1");
    pair.edit(
      "b",
      "UPDATE t SET v = 'B' WHERE id = 1; DELETE FROM t WHERE id = 3; INSERT INTO bag VALUES ('new')",
    );
    const before = [readFileSync(pair.a), readFileSync(pair.b)];
    const { report } = await pair.sync({
      base: beside("base.db"),
      out: beside("out.db"),
      policy: PREFER_A,
    });
    expect(report.conflicts).toEqual({ resolved: 1, parked: 0 });
    expect([readFileSync(pair.a), readFileSync(pair.b)]).toEqual(before);
    expect(dumpDatabase(beside("out.db"))).toMatchObject({
      t: [{ v: "text 'A'" }, { v: "text 'two'" }],
      bag: { length: 4 },
    });
    expect(existsSync(pair.stateDir)).toBe(false);
    expect(readdirSync(dirname(pair.a)).filter((name) => name.startsWith("out"))).toEqual([
      "out.db",
    ]);
  });

  it("never overwrites a file", async () => {
    pair = makePair(SCHEMA);
    await expect(pair.sync({ out: pair.b })).rejects.toMatchObject({ code: "SYNC_USAGE" });
  });
});

describe("a side that is made", () => {
  it("gets the other's tables, indexes, triggers and rows", async () => {
    pair =
      makePair(`${SCHEMA}; CREATE UNIQUE INDEX one ON t (w); CREATE TRIGGER log AFTER INSERT ON t BEGIN INSERT INTO bag VALUES (new.id); END;
      CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('hello')`);
    const made = beside("made.db");
    const { report } = await pair.sync({ pair: { a: pair.a, b: made }, create: true });
    expect(report.tables[0]).toMatchObject({ table: "t", toB: { inserted: 3 } });
    expect(dumpDatabase(made)).toEqual(dumpDatabase(pair.a));
    const names = (path: string): unknown => {
      const db = new Database(path, { readonly: true });
      try {
        return db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").all();
      } finally {
        db.close();
      }
    };
    expect(names(made)).toEqual(names(pair.a));
  });

  it("is not made by a dry run", async () => {
    pair = makePair(SCHEMA);
    const { report } = await pair.sync({
      pair: { a: pair.a, b: beside("made.db") },
      create: true,
      dryRun: true,
    });
    expect(report.tables[0]).toMatchObject({ toB: { inserted: 3 } });
    expect(existsSync(beside("made.db"))).toBe(false);
  });
});

describe("chosen tables", () => {
  it("leave the others as they are, and their base too", async () => {
    pair = makePair(SCHEMA);
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = 'A' WHERE id = 1; DELETE FROM bag");
    await pair.sync({ tables: ["T"] });
    expect(pair.rows("b", "SELECT count(*) AS n FROM bag")).toEqual([{ n: 3n }]);
    expect(pair.rows("b", "SELECT v FROM t WHERE id = 1")).toEqual([{ v: "A" }]);
    await pair.sync({ maxDeletePercent: 100 });
    expect(pair.rows("b", "SELECT count(*) AS n FROM bag")).toEqual([{ n: 0n }]);
  });
});
