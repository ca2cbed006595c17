import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildSides, cases } from "@sync/testkit";
import { applySchema } from "../src/engine/apply-schema.ts";
import { compareSchemaFiles } from "../src/engine/schema.ts";
import { dumpRows, dumpSchema, fileHashes, makeDatabase, temporaryFolder } from "./databases.ts";
import type { SchemaReport, Side } from "@sync/model";

const READ = { tables: null, busyTimeoutMs: 0 } as const;

function pairOf(a: string, b: string): { a: string; b: string } {
  const folder = temporaryFolder();
  return {
    a: makeDatabase(join(folder, "a.db"), (db) => void db.exec(a)),
    b: makeDatabase(join(folder, "b.db"), (db) => void db.exec(b)),
  };
}

function offered(report: SchemaReport, side: Side): readonly string[] {
  return report.steps[side].filter(({ adds }) => adds).flatMap(({ sql }) => sql);
}

function messages(report: SchemaReport): readonly string[] {
  return report.differences.map(({ message }) => message);
}

function apply(pair: { a: string; b: string }, side: Side): SchemaReport {
  return applySchema(pair, { ...READ, side, backup: null });
}

const T = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)";

describe("what stops no sync is told, too", () => {
  test.each([
    ["a view", `${T}; CREATE VIEW v AS SELECT 1`, T, "view `v` is only in a"],
    [
      "another view",
      `${T}; CREATE VIEW v AS SELECT 1`,
      `${T}; CREATE VIEW v AS SELECT 2`,
      "view `v` is not the same in a and b",
    ],
    [
      "a trigger",
      `${T}; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END`,
      T,
      "table `t`: trigger `g` is only in a",
    ],
    ["a plain index", T, `${T}; CREATE INDEX i ON t (a)`, "table `t`: index `i` is only in b"],
    [
      "the way an index is sorted",
      `${T}; CREATE INDEX i ON t (a DESC)`,
      `${T}; CREATE INDEX i ON t (a DESC); CREATE INDEX j ON t (a)`,
      "table `t`: index `j` is only in b",
    ],
    [
      "a type's name",
      "CREATE TABLE t (a VARCHAR(9))",
      "CREATE TABLE t (a TEXT)",
      "table `t`: column `a` has the type VARCHAR ( 9 ) in a and the type TEXT in b",
    ],
    [
      "a default",
      "CREATE TABLE t (a DEFAULT 1)",
      "CREATE TABLE t (a)",
      "table `t`: column `a` has DEFAULT 1 in a and no DEFAULT in b",
    ],
    [
      "AUTOINCREMENT",
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY)",
      "table `t`: it is AUTOINCREMENT in a, but not in b",
    ],
    [
      "STORED",
      "CREATE TABLE t (a, g AS (a) STORED)",
      "CREATE TABLE t (a, g AS (a))",
      "table `t`: column `g` is STORED in a and VIRTUAL in b",
    ],
    [
      "what a foreign key does",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE CASCADE)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t)",
      "table `t`: FOREIGN KEY (up) REFERENCES t (id) is ON DELETE CASCADE in a and without an action in b",
    ],
    [
      "how a virtual table is made",
      "CREATE VIRTUAL TABLE f USING fts5(x, tokenize=porter)",
      "CREATE VIRTUAL TABLE f USING fts5(x)",
      "virtual table `f` is not the same in a and b",
    ],
    [
      "an index that follows a table",
      `${T}; CREATE VIRTUAL TABLE f USING fts5(a, content=t)`,
      T,
      "virtual table `f` is only in a",
    ],
  ])("%s", (_, a, b, message) => {
    const report = compareSchemaFiles(pairOf(a, b), READ);
    expect(messages(report)).toEqual([message]);
    expect(report.same).toBe(false);
    expect(report.differences[0]?.stopsSync).toBe(false);
  });

  test.each([
    [
      "spelling",
      `${T}; create view "v" as select  a /* c */ from main.t`,
      `${T}; CREATE VIEW V AS SELECT "a" FROM [t]`,
    ],
    ["the names of indexes", `${T}; CREATE INDEX i ON t (a)`, `${T}; CREATE INDEX j ON "T" ("A")`],
    [
      "NO ACTION",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, u REFERENCES t ON DELETE NO ACTION NOT DEFERRABLE)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, u, FOREIGN KEY (u) REFERENCES t (id))",
    ],
    ["a default in parentheses", "CREATE TABLE t (a DEFAULT (1))", "CREATE TABLE t (a DEFAULT 1)"],
    ["the order of columns", "CREATE TABLE t (a, b)", "CREATE TABLE t (b, a)"],
  ])("no difference: %s", (_, a, b) => {
    expect(messages(compareSchemaFiles(pairOf(a, b), READ))).toEqual([]);
  });

  test("of databases of two text encodings", () => {
    const report = compareSchemaFiles(pairOf(T, `PRAGMA encoding = 'UTF-16le'; ${T}`), READ);
    expect(messages(report)).toEqual(["the text encoding is UTF-8 in a and UTF-16le in b"]);
  });
});

describe("levelling adds what can be added", () => {
  const rows = "INSERT INTO t (id, a) VALUES (1, 'x')";

  test("by the other side's own statements, in an order that works", () => {
    const a = `CREATE TABLE "my ""p" (id INTEGER PRIMARY KEY /* kept */);
      CREATE INDEX "i 1" ON "my ""p" (id DESC) WHERE id > 0;
      CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, g AS (late || '!'), late TEXT DEFAULT 'x' CHECK (late <> ''));
      CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN SELECT 1; END;
      CREATE TRIGGER x AFTER INSERT ON "my ""p" BEGIN DELETE FROM t; END;`;
    const pair = pairOf(
      a.replace("CREATE TRIGGER w", "CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER w"),
      `${T}; ${rows}`,
    );
    const before = dumpRows(pair.b);
    const report = compareSchemaFiles(pair, READ);
    expect(offered(report, "b")).toEqual([
      'CREATE TABLE "my ""p" (id INTEGER PRIMARY KEY /* kept */)',
      `ALTER TABLE "t" ADD COLUMN late TEXT DEFAULT 'x' CHECK (late <> '')`,
      `ALTER TABLE "t" ADD COLUMN g AS (late || '!')`,
      'CREATE INDEX "i 1" ON "my ""p" (id DESC) WHERE id > 0',
      "CREATE VIEW v AS SELECT a FROM t",
      "CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
      'CREATE TRIGGER x AFTER INSERT ON "my ""p" BEGIN DELETE FROM t; END',
    ]);
    expect(report.steps.a).toEqual([]);
    const hash = fileHashes(pair.a);
    expect(apply(pair, "b")).toMatchObject({ same: true, applied: { side: "b", backup: null } });
    expect(fileHashes(pair.a)).toEqual(hash);
    expect(dumpRows(pair.b)["t"]).toHaveLength(before["t"]?.length ?? -1);
  });

  test.each([
    ["n NOT NULL DEFAULT 0", true, true],
    ["n NOT NULL", false, true],
    ["n NOT NULL DEFAULT NULL", false, true],
    ["n UNIQUE", false, false],
    ["n DEFAULT CURRENT_TIMESTAMP", false, true],
    ["n DEFAULT (1 + 1)", false, true],
    ["n DEFAULT (-1)", true, true],
    ["n DEFAULT (random())", false, true],
    ["n DEFAULT word", true, true],
    ["n AS (id) STORED", false, true],
    ["n AS (id)", true, true],
    ["n REFERENCES t DEFAULT 1", false, true],
    ["n REFERENCES t", true, true],
    ["n CHECK (n IN ('primary', 'unique'))", true, true],
    ['"unique" COLLATE NOCASE', true, true],
  ])("column %s, with rows: %s, without: %s", (column, withRows, without) => {
    const wanted = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, ${column})`;
    for (const [filled, isOffered] of [
      [true, withRows],
      [false, without],
    ] as const) {
      const pair = pairOf(wanted, filled ? `${T}; ${rows}` : T);
      const report = compareSchemaFiles(pair, READ);
      expect(offered(report, "b")).toHaveLength(isOffered ? 1 : 0);
      // What is offered is what SQLite takes, and what is not, it does not take.
      const alter = `ALTER TABLE t ADD COLUMN ${column}`;
      const db = new Database(pair.b);
      const isTaken = !/refused/.test(tryExec(db, alter));
      db.close();
      expect(isTaken).toBe(isOffered);
      if (!isOffered) expect(report.steps.b[0]).toMatchObject({ type: "rebuild", adds: false });
    }
  });

  test("never over a name that is taken, nor what a missing module holds", () => {
    const pair = pairOf(
      `${T}; CREATE VIEW taken AS SELECT 1; CREATE INDEX i ON t (a)`,
      `${T}; CREATE TABLE taken (x); CREATE INDEX i ON t (id)`,
    );
    const report = compareSchemaFiles(pair, READ);
    expect(offered(report, "a")).toEqual([]);
    expect(offered(report, "b")).toEqual([]);
    expect(report.steps.b).toEqual([
      expect.objectContaining({
        type: "replace",
        sql: ['DROP INDEX "i"', "CREATE INDEX i ON t (a)"],
      }),
    ]);
  });

  test("only of the tables that are chosen", () => {
    const pair = pairOf(
      `${T}; CREATE TABLE u (x); CREATE TABLE w (y); CREATE VIEW v AS SELECT 1`,
      T,
    );
    const options = { ...READ, tables: ["U"] };
    expect(messages(compareSchemaFiles(pair, options))).toEqual(["table `u` is only in a"]);
    expect(applySchema(pair, { ...options, side: "b", backup: null }).same).toBe(true);
    expect(() => compareSchemaFiles(pair, { ...READ, tables: ["none"] })).toThrow(
      expect.objectContaining({ code: "SYNC_UNKNOWN_TABLE" }),
    );
  });

  test("a second time there is nothing to do, and nothing is written", () => {
    const pair = pairOf(`${T}; CREATE TABLE u (x)`, T);
    apply(pair, "b");
    const hashes = fileHashes(pair.a, pair.b);
    expect(apply(pair, "b")).toMatchObject({ same: true, applied: { steps: [] } });
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });
});

describe("a refusal leaves the side as it was", () => {
  test.each([
    [
      "rows that break the new column's CHECK",
      "CREATE TABLE u (x); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n DEFAULT 0 CHECK (n > 0))",
      "CHECK constraint failed",
    ],
    [
      "rows that a UNIQUE index does not allow",
      `CREATE TABLE u (x); ${T}; CREATE UNIQUE INDEX i ON t (a)`,
      "UNIQUE constraint failed",
    ],
  ])("%s", (_, a, reason) => {
    const pair = pairOf(a, `${T}; INSERT INTO t VALUES (1, 'x'), (2, 'x')`);
    const hashes = fileHashes(pair.a, pair.b);
    expect(() => apply(pair, "b")).toThrow(
      expect.objectContaining({
        code: "SYNC_SCHEMA_MISMATCH",
        message: expect.stringContaining(reason),
      }),
    );
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });

  test("a schema that hides a second statement", () => {
    const pair = pairOf("CREATE TABLE u (x)", T);
    makeDatabase(pair.a, (db) => {
      db.unsafeMode(true);
      db.pragma("writable_schema = ON");
      db.exec("UPDATE sqlite_schema SET sql = sql || '; DROP TABLE t' WHERE name = 'u'");
    });
    const hashes = fileHashes(pair.b);
    expect(() => apply(pair, "b")).toThrow(/more than one statement|malformed/);
    expect(fileHashes(pair.b)).toEqual(hashes);
  });

  test("a lock held by somebody else", () => {
    const pair = pairOf(`${T}; CREATE TABLE u (x)`, T);
    const other = new Database(pair.b);
    other.exec("BEGIN IMMEDIATE");
    expect(() => apply(pair, "b")).toThrow(expect.objectContaining({ code: "SYNC_LOCKED" }));
    other.exec("ROLLBACK");
    other.close();
    expect(dumpSchema(pair.b)).toHaveLength(1);
  });
});

describe("the advice, run by hand, levels too", () => {
  test.each([
    ["another type", "CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL, m TEXT)"],
    ["a UNIQUE constraint", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, m TEXT, UNIQUE (a))"],
    ["STRICT", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, m TEXT) STRICT"],
    [
      "another key",
      "CREATE TABLE t (id INTEGER, a TEXT PRIMARY KEY NOT NULL, m TEXT) WITHOUT ROWID",
    ],
    [
      "a column that cannot be added",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, m TEXT, n UNIQUE)",
    ],
    ["AUTOINCREMENT", "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, m TEXT)"],
    [
      "a CHECK and a name in quotes",
      `CREATE TABLE "t" (id INTEGER PRIMARY KEY, a TEXT, "m" TEXT, CHECK (a <> ''))`,
    ],
  ])("%s", (_, a) => {
    const pair = pairOf(
      a,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, m TEXT, own TEXT NOT NULL);
       INSERT INTO t VALUES (7, 'x', 'y', 'z');
       CREATE TABLE c (t ${a.includes("id INTEGER PRIMARY KEY") ? "REFERENCES t (id)" : ""}); INSERT INTO c VALUES (7);
       CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (own);
       CREATE TRIGGER g AFTER INSERT ON c BEGIN UPDATE t SET own = 'new'; END;
       CREATE TRIGGER h AFTER UPDATE ON t BEGIN SELECT 1; END;`,
    );
    const before = dumpRows(pair.b);
    const advice = compareSchemaFiles(pair, READ).steps.b;
    expect(advice).toEqual([expect.objectContaining({ type: "rebuild", adds: false })]);
    const db = new Database(pair.b);
    db.exec(advice.flatMap(({ sql }) => sql).join(";\n"));
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
    const left = compareSchemaFiles(pair, READ).differences.filter(({ onlyIn }) => onlyIn !== "b");
    expect(left).toEqual([]);
    const text = (rows: readonly string[] | undefined): string => String(rows);
    // A rebuild keeps every row, the columns that only this side has included.
    expect(dumpRows(pair.b)["c"]).toEqual(before["c"]);
    expect(text(dumpRows(pair.b)["t"])).toContain(text([`x${Buffer.from("z").toString("hex")}`]));
    expect(dumpRows(pair.b)["t"]).toHaveLength(1);
  });
});

describe("over random schemas", () => {
  const two = fc.tuple(cases(), cases());

  test("applying what is offered to both sides leaves nothing to offer, and no row is touched", () => {
    fc.assert(
      fc.property(two, ([one, other]) => {
        const [folderA, folderB] = [temporaryFolder(), temporaryFolder()];
        const pair = { a: buildSides(one, folderA).a, b: buildSides(other, folderB).a };
        const rows = { a: dumpRows(pair.a), b: dumpRows(pair.b) };
        const schemas = { a: dumpSchema(pair.a), b: dumpSchema(pair.b) };
        for (const side of ["a", "b"] as const) {
          const before = compareSchemaFiles(pair, READ);
          let after: SchemaReport;
          try {
            after = apply(pair, side);
          } catch (error) {
            // Rows in the way are a good reason, and that the result would not be what was offered; nothing has happened.
            expect(String(error)).toMatch(
              /constraint failed|would not have become what was planned/,
            );
            expect(dumpSchema(pair[side])).toEqual(schemas[side]);
            continue;
          }
          expect(offered(after, side)).toEqual([]);
          const created = (after.applied?.steps ?? []).map(({ table }) => table);
          const fresh = after.differences.filter(
            ({ message }) => !messages(before).includes(message),
          );
          expect(fresh.filter(({ table }) => !created.includes(table ?? ""))).toEqual([]);
          const left = after.differences.filter(
            ({ onlyIn, kind }) => onlyIn !== null && onlyIn !== side && kind === "table",
          );
          // A table can always be created, but where its name is something else's.
          expect(left.filter(({ table }) => !hasName(pair[side], table ?? ""))).toEqual([]);
          expect(
            schemas[side].filter((entry) => !contains(dumpSchema(pair[side]), entry)),
          ).toSatisfy((gone: unknown[]) => gone.every((entry) => isAltered(entry, after)));
        }
        expectSameRows(rows.a, pair.a);
        expectSameRows(rows.b, pair.b);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);

  test("a copy has no difference, and without its rows neither", () => {
    fc.assert(
      fc.property(cases(), (one) => {
        const pair = buildSides(one, temporaryFolder());
        expect(messages(compareSchemaFiles(pair, READ))).toEqual([]);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  }, 60_000);
});

function tryExec(db: Database.Database, sql: string): string {
  try {
    db.exec(sql);
    return "";
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

function hasName(path: string, name: string): boolean {
  return dumpSchema(path).some(
    (entry) => String((entry as string[])[1]).toLowerCase() === name.toLowerCase(),
  );
}

function contains(all: readonly unknown[], entry: unknown): boolean {
  return all.some((one) => JSON.stringify(one) === JSON.stringify(entry));
}

/** ADD COLUMN writes the table's own statement anew; nothing else may change one. */
function isAltered(entry: unknown, { applied }: SchemaReport): boolean {
  const [, name] = entry as string[];
  return (applied?.steps ?? []).some(
    ({ type, table }) =>
      type === "add-column" && table.toLowerCase() === String(name).toLowerCase(),
  );
}

/** Columns that came are not among the values that were there: each old row's values are still in a row. */
function expectSameRows(before: Record<string, string[]>, path: string): void {
  const after = dumpRows(path);
  for (const [table, rows] of Object.entries(before)) {
    expect(after[table]).toHaveLength(rows.length);
    const values = (all: readonly string[]): string[][] => all.map((row) => row.split(" "));
    for (const row of values(rows)) {
      expect(
        values(after[table] ?? []).some((other) => row.every((value) => other.includes(value))),
      ).toBe(true);
    }
  }
}
