import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildPair, cases } from "@sync/testkit";
import { validateDatabases } from "../src/engine/validate.ts";
import { contentDigest } from "../src/sqlite/diff/content-digest.ts";
import { digestElsewhere } from "../src/sqlite/diff/page-digests.ts";
import type { DigestPages } from "../src/sqlite/diff/page-digests.ts";
import { planDigest } from "../src/sqlite/diff/plan-digest.ts";
import { digestFile } from "../src/sqlite/pages/digest-file.ts";
import { readSchema } from "../src/sqlite/schema/read-schema.ts";
import { makeDatabase, temporaryFolder } from "./databases.ts";

/** By table: what SQL gives and what the pages give, in a database that somebody has open. */
function bothWays(path: string): Record<string, { sql: string; pages: string }> {
  const db = new Database(path, { readonly: true });
  try {
    db.exec("BEGIN");
    const { tables, encoding } = readSchema(db, "main");
    const stats = statSync(path, { bigint: true });
    return Object.fromEntries(
      tables.flatMap((table) => {
        const plan = planDigest(db, "main", table, encoding);
        if (plan === null) return [];
        const answer = digestFile({
          file: { path, identity: `${stats.dev}:${stats.ino}` },
          tables: [plan],
        });
        const found = answer.type === "digested" ? answer.tables[0] : answer;
        const { rows, digest } = contentDigest(db, "main", table, encoding);
        const pages =
          found?.type === "digest" ? `${found.rows} ${found.digest}` : JSON.stringify(found);
        return [[table.name, { sql: `${rows} ${digest}`, pages }]];
      }),
    );
  } finally {
    db.close();
  }
}

function expectAgreement(path: string): void {
  for (const { sql, pages } of Object.values(bothWays(path))) expect(pages).toBe(sql);
}

function databaseOf(sql: string, pragmas = ""): string {
  return makeDatabase(
    join(temporaryFolder(), "one.db"),
    (db) => void db.exec(`${pragmas}; ${sql}`),
  );
}

const VALUES = `(NULL), (0), (1), (-1), (127), (128), (-129), (32767), (-32769), (8388607), (-8388609),
  (2147483647), (2147483648), (-2147483649), (140737488355327), (140737488355328), (-140737488355329),
  (9223372036854775807), (-9223372036854775808), (0.0), (-0.0), (1.0), (2.5), (1e300), (9e999), (-9e999),
  (9007199254740993.0), (''), ('a'), ('abcd'), ('abcde'), (CAST(X'ff00' AS TEXT)), (X''), (X'00'), (X'0102030405'),
  (CAST(X'6100' AS TEXT)), ('é'), (zeroblob(9000)), (replace(hex(zeroblob(6000)), '00', 'é'))`;

describe("the digest by pages is that by SQL", () => {
  test.each(["", "INTEGER", "REAL", "TEXT", "NUMERIC", "BLOB"])("for values of type %s", (type) => {
    const path = databaseOf(
      `CREATE TABLE t (v ${type}); INSERT INTO t VALUES ${VALUES};
       CREATE TABLE u (id INTEGER PRIMARY KEY, v ${type}); INSERT INTO u (v) SELECT v FROM t;
       INSERT INTO u (id) VALUES (-9223372036854775808), (9223372036854775807), (-1);
       CREATE TABLE w (k INTEGER, v ${type}, n, PRIMARY KEY (v, k)) WITHOUT ROWID;
       INSERT INTO w SELECT rowid, v, 'n' FROM t WHERE v IS NOT NULL`,
    );
    expectAgreement(path);
  });

  test.each(["UTF-16le", "UTF-16be"])("in %s", (encoding) => {
    expectAgreement(
      databaseOf(
        `CREATE TABLE t (v); INSERT INTO t VALUES ${VALUES}`,
        `PRAGMA encoding = '${encoding}'`,
      ),
    );
  });

  test("for rows older than their columns", () => {
    const path = databaseOf(
      `CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);
       ALTER TABLE t ADD COLUMN plain;
       ALTER TABLE t ADD COLUMN text TEXT DEFAULT 12;
       ALTER TABLE t ADD COLUMN whole REAL DEFAULT 3;
       ALTER TABLE t ADD COLUMN bytes DEFAULT x'00ff';
       ALTER TABLE t ADD COLUMN minus INTEGER DEFAULT -4;
       ALTER TABLE t ADD COLUMN word DEFAULT yes;
       INSERT INTO t (a) VALUES (5);
       CREATE TABLE w (k PRIMARY KEY, a) WITHOUT ROWID; INSERT INTO w VALUES (1, 2);
       ALTER TABLE w ADD COLUMN late NUMERIC DEFAULT '7.0'`,
    );
    expectAgreement(path);
  });

  test("for generated columns, and where columns were dropped", () => {
    const path = databaseOf(
      `CREATE TABLE t (a, g AS (a + 1), s AS (a + 2) STORED, b);
       INSERT INTO t (a, b) VALUES (1, 2), (3, 4);
       ALTER TABLE t ADD COLUMN late REAL DEFAULT 1; ALTER TABLE t DROP COLUMN b;`,
    );
    expectAgreement(path);
    expect(Object.keys(bothWays(path))).toEqual(["t"]);
  });

  test("does not depend on how the rows came there", () => {
    const rows = `INSERT INTO t SELECT value, value % 7, 'text ' || value, value / 2.0 FROM generate_series`;
    const fill = `WITH RECURSIVE generate_series(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generate_series WHERE value < 3000) ${rows}`;
    const plain = databaseOf(`CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT, c REAL); ${fill}`);
    const packed = databaseOf(
      `CREATE TABLE t (c REAL, b TEXT, id INTEGER PRIMARY KEY, a);
       ${fill.replace("INTO t", "INTO t (id, a, b, c)")}; UPDATE t SET a = a + 1; VACUUM; UPDATE t SET a = a - 1`,
      "PRAGMA page_size = 512; PRAGMA auto_vacuum = FULL",
    );
    const [one, other] = [bothWays(plain)["t"], bothWays(packed)["t"]];
    expect(one?.pages).toBe(one?.sql);
    expect(other).toEqual(one);
  });

  test("over random databases, in either journal mode, with what stands in a log, and after VACUUM", () => {
    fc.assert(
      fc.property(cases(), (testCase) => {
        const { a, b } = buildPair(testCase, temporaryFolder());
        for (const path of [a, b]) {
          // Somebody else's connection keeps the log from being folded into the file.
          const user = new Database(path);
          const [table] = Object.keys(bothWays(path));
          if (table !== undefined)
            user.exec(`BEGIN; CREATE TABLE more (x); INSERT INTO more VALUES (1.0), (1); COMMIT`);
          expectAgreement(path);
          user.exec("VACUUM");
          expectAgreement(path);
          user.close();
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 120_000);
});

test("each bit of a row counts, and no two of these rows have one digest", () => {
  const digests = VALUES.split(/,\s+(?=\()/).map((value) => {
    const path = databaseOf(`CREATE TABLE t (v); INSERT INTO t VALUES ${value}`);
    return bothWays(path)["t"]?.pages;
  });
  // Only 0.0 and -0.0 are one value.
  expect(new Set(digests).size).toBe(digests.length - 1);
});

describe("validate", () => {
  const large = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
    INSERT INTO t SELECT i, printf('%.4000c', 'x') || i FROM n`;
  const elsewhere = digestElsewhere(
    new URL("../dist/sqlite/pages/digest-child.js", import.meta.url),
  );

  test.each(["delete", "wal"])(
    "asks a process for a large file's digests, in %s mode",
    async (mode) => {
      const path = databaseOf(large, `PRAGMA journal_mode = ${mode}`);
      const answers: string[] = [];
      const digestPages: DigestPages = async (request) => {
        const answer = await elsewhere(request);
        answers.push(answer.type);
        return answer;
      };
      const fast = await validateDatabases([path], { digestPages });
      expect(answers).toEqual(["digested"]);
      expect(fast).toEqual(await validateDatabases([path]));
    },
  );

  test("does not believe pages that somebody wrote to meanwhile", async () => {
    const path = databaseOf(large, "PRAGMA journal_mode = wal");
    const before = await validateDatabases([path]);
    const digestPages: DigestPages = async (request) => {
      makeDatabase(path, (db) => void db.exec("UPDATE t SET v = 'other' WHERE id = 7"));
      return elsewhere(request);
    };
    // The check shows one moment: that of its own transaction.
    expect(await validateDatabases([path], { digestPages })).toEqual(before);
    expect((await validateDatabases([path])).sides).not.toEqual(before.sides);
  });
});
