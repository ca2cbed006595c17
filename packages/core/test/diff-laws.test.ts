import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { diffDatabases, diffPatch, diffRows } from "../src/engine/diff.ts";
import { validateDatabases } from "../src/engine/validate.ts";
import { collected, dumpRows, makeDatabase, temporaryFolder } from "./databases.ts";

/** Tables of every kind that is compared in its own way, each with columns x, y, z. */
const TABLES = [
  "CREATE TABLE t (x INTEGER PRIMARY KEY, y, z TEXT COLLATE NOCASE)",
  "CREATE TABLE t (x INTEGER PRIMARY KEY, y UNIQUE, z UNIQUE ON CONFLICT REPLACE)",
  "CREATE TABLE t (x TEXT COLLATE NOCASE PRIMARY KEY, y NUMERIC, z REAL)",
  "CREATE TABLE t (x, y, z, PRIMARY KEY (x, y))",
  "CREATE TABLE t (x TEXT, y INTEGER, z, PRIMARY KEY (y, x COLLATE NOCASE)) WITHOUT ROWID",
  "CREATE TABLE t (x BLOB NOT NULL, y INT, z, UNIQUE (x))",
  "CREATE TABLE t (x, y TEXT COLLATE NOCASE, z INTEGER)",
  "CREATE TABLE t (x, y, z, rowid, oid, _rowid_)",
  "CREATE TABLE t (x ANY, y REAL, z TEXT, PRIMARY KEY (x)) STRICT",
  "CREATE TABLE t (x INTEGER PRIMARY KEY, y, z, g AS (y || z) STORED UNIQUE)",
  "CREATE VIRTUAL TABLE t USING fts5(x, y, z)",
];

/** Bytes become text: JavaScript strings cannot hold every text that SQLite can. */
type Given = null | bigint | number | Uint8Array | { readonly text: Uint8Array };

const fewBytes = fc.oneof(
  fc
    .constantFrom("", "a", "A", "1", "1.0", "it's", "\u0000", "\r\n", "ß", "🎈")
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 3 }),
);

const values: fc.Arbitrary<Given> = fc.oneof(
  fc.constantFrom<Given[]>(
    null,
    0n,
    1n,
    2n,
    1,
    0.5,
    -0,
    Infinity,
    -(2n ** 63n),
    2n ** 63n - 1n,
    -(2 ** 63),
  ),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -5n, max: 5n }),
  fewBytes,
  fewBytes.map((text) => ({ text })),
);

const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), values, values, values), {
  maxLength: 8,
});

/** Side b shares most rows with side a, so that equal, changed and moved rows all occur. */
const sides = rows.chain((a) =>
  fc.tuple(
    fc.constant(a),
    fc.tuple(fc.shuffledSubarray(a), rows).map(([kept, own]) => kept.concat(own)),
  ),
);

type Rows = typeof rows extends fc.Arbitrary<infer Value> ? Value : never;

function fill(db: Database.Database, sql: string, given: Rows): void {
  db.exec(sql);
  const placeholder = (value: Given): string => (isText(value) ? "CAST(? AS TEXT)" : "?");
  const bound = (value: Given): unknown => (isText(value) ? value.text : value);
  for (const [rowid, ...xyz] of given) {
    const hasRowid = !/WITHOUT ROWID|rowid/.test(sql) && !sql.includes("INTEGER PRIMARY KEY");
    const [name, first] = hasRowid ? ["rowid, ", "?, "] : ["", ""];
    // What a constraint refuses is just not there.
    db.prepare(
      `INSERT OR IGNORE INTO t (${name}x, y, z) VALUES (${first}${xyz.map(placeholder).join(", ")})`,
    ).run(...(hasRowid ? [rowid] : []), ...xyz.map(bound));
  }
}

function isText(value: Given): value is { readonly text: Uint8Array } {
  return typeof value === "object" && value !== null && "text" in value;
}

function tryFill(path: string, sql: string, given: Rows): boolean {
  try {
    makeDatabase(path, (db) => fill(db, sql, given));
    return true;
  } catch (error) {
    // STRICT refuses classes, and a rowid must be an integer: that row set is not to be had.
    if (
      error instanceof Database.SqliteError &&
      /cannot store|datatype mismatch/.test(error.message)
    )
      return false;
    throw error;
  }
}

test.each(TABLES)(
  "the patch of any two contents makes one out of the other: %s",
  { timeout: 60_000 },
  async (sql) => {
    const folder = temporaryFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(sides, async ([rowsA, rowsB]) => {
        run++;
        const [a, b] = [join(folder, `${run}a.db`), join(folder, `${run}b.db`)];
        fc.pre(tryFill(a, sql, rowsA) && tryFill(b, sql, rowsB));
        const report = await diffDatabases({ a, b });
        const found = await collected(diffRows({ a, b }));
        const [table] = report.tables;
        expect(found).toHaveLength(
          (table?.onlyInA ?? 0) + (table?.onlyInB ?? 0) + (table?.changed ?? 0),
        );
        expect((await validateDatabases([a, b])).differences.length === 0).toBe(report.same);
        const patch = (await collected(diffPatch({ a, b }))).join("\n");
        const db = new Database(a);
        db.pragma("synchronous = OFF");
        db.exec(patch);
        db.close();
        expect(dumpRows(a)).toEqual(dumpRows(b));
        expect((await diffDatabases({ a, b })).same).toBe(true);
      }),
      { numRuns: 20 },
    );
  },
);

test("the order of rows does not matter to a bag, nor to a digest", async () => {
  const folder = temporaryFolder();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      run++;
      const [a, b] = [join(folder, `${run}a.db`), join(folder, `${run}b.db`)];
      makeDatabase(a, (db) =>
        fill(
          db,
          "CREATE TABLE t (x, y, z)",
          given.map(([, ...xyz], i) => [i + 1, ...xyz]),
        ),
      );
      makeDatabase(b, (db) =>
        fill(
          db,
          "CREATE TABLE t (x, y, z)",
          given.map(([, ...xyz], i) => [99 - i, ...xyz]),
        ),
      );
      expect((await diffDatabases({ a, b })).same).toBe(true);
      expect((await validateDatabases([a, b])).ok).toBe(true);
    }),
    { numRuns: 20 },
  );
});
