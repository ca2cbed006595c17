import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { allowSchemaEdits } from "./attached.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TABLE =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')";

describe("a schema that does not compile here", () => {
  it.each([
    ["view", "CREATE VIEW seen AS SELECT * FROM main.t"],
    [
      "trigger",
      "CREATE TRIGGER seen AFTER INSERT ON u BEGIN SELECT (SELECT max(v) FROM main.t); END",
    ],
  ])("because a %s says main.t is a clear error that names it", async (_, sql) => {
    pair = makePair(TABLE);
    pair.edit("b", sql);
    await expect(pair.sync()).rejects.toMatchObject({
      name: "SyncError",
      code: "SYNC_UNSUPPORTED",
      message: expect.stringMatching(/seen.*b\.db.*main/s) as string,
    });
  });

  it.each([
    [
      "trigger",
      `CREATE TRIGGER q AFTER INSERT ON t BEGIN INSERT INTO u (v) VALUES ("a text"); END`,
    ],
    ["view", `CREATE VIEW q AS SELECT "a text" FROM t`],
  ])(
    "because a %s has a text in double quotes is refused or carried out, never half",
    async (kind, sql) => {
      pair = makePair(TABLE);
      for (const side of ["a", "b"] as const) addToSchema(side, kind, sql);
      pair.edit("a", "UPDATE t SET v = 'y'");
      const result = await pair
        .sync({ policy: { name: "prefer-a", decide: () => ({ type: "take", side: "a" }) } })
        .then(
          () => "done",
          (error: unknown) => (error as { code: string }).code,
        );
      expect(["done", "SYNC_UNSUPPORTED"]).toContain(result);
      expect(pair.rows("b", "SELECT v FROM t")).toEqual([{ v: result === "done" ? "y" : "x" }]);
    },
  );

  it("because a collation is not here is refused before anything is written; the other tables can be chosen", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE names (id INTEGER PRIMARY KEY, v); CREATE INDEX by_name ON names (v)",
    );
    for (const side of ["a", "b"] as const) {
      addToSchema(side, "index", "CREATE INDEX by_name ON names (v COLLATE german)");
      pair.edit(
        side,
        side === "a" ? "INSERT INTO t VALUES (1, 'a')" : "INSERT INTO t VALUES (2, 'b')",
      );
    }
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_UNSUPPORTED",
      message: expect.stringContaining("german") as string,
    });
    expect(pair.rows("b", "SELECT id FROM t")).toEqual([{ id: 2n }]);
    const { report } = await pair.sync({ tables: ["t"] });
    expect(report.tables).toMatchObject([{ table: "t", copied: 2 }]);
  });

  it("because a function is not here is refused, too", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (id INTEGER PRIMARY KEY, v)",
    );
    for (const side of ["a", "b"] as const) {
      const db = new Database(pair[side]);
      db.function("geo", { deterministic: true }, (x: unknown) => x);
      db.exec("CREATE INDEX by_geo ON u (geo(v)); INSERT INTO u VALUES (1, 1)");
      db.close();
    }
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_UNSUPPORTED",
      message: expect.stringContaining("geo") as string,
    });
    await expect(pair.sync({ tables: ["T"] })).resolves.toMatchObject({
      report: { tables: [{ table: "t" }] },
    });
  });
});

describe("text encodings", () => {
  it("must be the same on both sides", async () => {
    pair = makePair(TABLE);
    for (const encoding of ["UTF-16le", "UTF-16be"]) {
      remake("b", encoding);
      await expect(pair.sync()).rejects.toMatchObject({
        code: "SYNC_SCHEMA_MISMATCH",
        message: expect.stringContaining("encoding") as string,
      });
      await expect(pair.sync({ dryRun: true })).rejects.toMatchObject({
        code: "SYNC_SCHEMA_MISMATCH",
      });
    }
  });

  it.each(["UTF-16le", "UTF-16be"])("may both be %s, the state follows", async (encoding) => {
    pair = makePair(
      `PRAGMA encoding = '${encoding}'; CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('ключ', 'x'), ('🎈', 'y')`,
    );
    await pair.sync();
    pair.edit("a", "UPDATE t SET v = '語' WHERE k = 'ключ'; DELETE FROM t WHERE k = '🎈'");
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 2 });
    expect(pair.rows("b", "SELECT k, v FROM t")).toEqual([{ k: "ключ", v: "語" }]);
    expect((await pair.sync()).report.tables[0]).toMatchObject({ copied: 0 });
  });
});

/** Puts something into the schema that this SQLite would not create, as another program's may. */
function addToSchema(side: "a" | "b", kind: string, sql: string): void {
  const db = new Database(pair[side]);
  allowSchemaEdits(db);
  if (kind === "index")
    db.prepare("UPDATE sqlite_schema SET sql = ? WHERE type = 'index'").run(sql);
  else {
    const [name, table] = ["q", kind === "trigger" ? "t" : "q"];
    db.prepare(
      "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)",
    ).run(kind, name, table, sql);
  }
  db.close();
}

/** The same tables in a new file of another encoding. */
function remake(side: "a" | "b", encoding: string): void {
  rmSync(pair[side]);
  const db = new Database(pair[side]);
  db.exec(`PRAGMA encoding = '${encoding}'; ${TABLE}`);
  db.close();
}
