import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { describe, expect, test } from "vitest";
import { fileHashes, makeDatabase, temporaryFolder } from "../../test/databases.ts";
import { TRAPS } from "../../test/trap-table.ts";
import { validateDatabases } from "./validate.ts";

type Build = string | ((db: Database.Database) => void);

function database(folder: string, name: string, build: Build): string {
  return makeDatabase(join(folder, name), (db) => {
    if (typeof build === "string") db.exec(build);
    else build(db);
  });
}

async function digestOf(build: Build): Promise<string> {
  const path = database(temporaryFolder(), "one.db", build);
  const [side] = (await validateDatabases([path])).sides;
  return side?.tables[0]?.digest ?? "none";
}

describe("validateDatabases", () => {
  test("reports tables with rows and digest, and that all is well", async () => {
    const path = database(
      temporaryFolder(),
      "shop.db",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'a'), (2, 'b'); CREATE TABLE empty (x)",
    );
    const report = await validateDatabases([path]);
    expect(report).toMatchObject({ ok: true, command: "validate", differences: [] });
    expect(report.sides[0]).toEqual({
      db: path,
      integrity: [],
      foreignKeys: [],
      tables: [
        { table: "t", rows: 2, digest: expect.stringMatching(/^[0-9a-f]{32}$/) },
        { table: "empty", rows: 0, digest: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ],
    });
  });

  test("groups foreign key violations by table and parent", async () => {
    const path = database(
      temporaryFolder(),
      "shop.db",
      `PRAGMA foreign_keys = OFF; CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE q (id INTEGER PRIMARY KEY);
       CREATE TABLE c (p INT REFERENCES p (id), q INT REFERENCES q (id)); INSERT INTO c VALUES (1, 1), (2, NULL), (NULL, NULL)`,
    );
    const report = await validateDatabases([path]);
    expect(report.ok).toBe(false);
    expect(report.sides[0]?.foreignKeys).toEqual([
      { table: "c", parent: "p", rows: 2 },
      { table: "c", parent: "q", rows: 1 },
    ]);
  });

  test("says that foreign keys cannot be checked where the parent has no fitting key", async () => {
    const path = database(
      temporaryFolder(),
      "shop.db",
      "PRAGMA foreign_keys = OFF; CREATE TABLE p (id); CREATE TABLE c (p REFERENCES p (id)); INSERT INTO c VALUES (1)",
    );
    const report = await validateDatabases([path]);
    expect(report.ok).toBe(false);
    expect(report.sides[0]?.integrity).toEqual([expect.stringContaining("foreign key mismatch")]);
    expect(report.sides[0]?.tables).toHaveLength(2);
  });

  test("says in words how two databases differ", async () => {
    const folder = temporaryFolder();
    const shared =
      "CREATE TABLE r (id INTEGER PRIMARY KEY, v); CREATE TABLE s (id INTEGER PRIMARY KEY, v);";
    const a = database(
      folder,
      "a.db",
      `${shared} CREATE TABLE only (x); INSERT INTO r VALUES (1, 1); INSERT INTO s VALUES (1, 1)`,
    );
    const b = database(
      folder,
      "b.db",
      `${shared} INSERT INTO r VALUES (1, 1.0); INSERT INTO s VALUES (1, 1), (2, 2)`,
    );
    const report = await validateDatabases([a, b]);
    expect(report.ok).toBe(false);
    expect(report.differences).toEqual([
      "table `only` is only in a",
      "table `r` has 1 rows on both sides, but not the same ones",
      "table `s` has 1 rows in a and 2 in b",
    ]);
  });

  test("reports a damaged file instead of failing", async () => {
    const path = database(
      temporaryFolder(),
      "shop.db",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE fine (x); INSERT INTO fine VALUES (1); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) INSERT INTO t SELECT i, hex(randomblob(40)) FROM c",
    );
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(4096 * 3, 0xa5), 0, 4096 * 3, 4096 * 20);
    closeSync(file);
    const report = await validateDatabases([path]);
    expect(report.ok).toBe(false);
    expect(report.sides[0]?.integrity.length).toBeGreaterThan(0);
    expect(report.sides[0]?.tables.map(({ table }) => table)).toContain("fine");
  });

  test("reports a file whose schema is damaged", async () => {
    const path = database(
      temporaryFolder(),
      "shop.db",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
    );
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(200, 0xa5), 0, 200, 100);
    closeSync(file);
    const report = await validateDatabases([path]);
    expect(report.ok).toBe(false);
    expect(report.sides[0]?.integrity.length).toBeGreaterThan(0);
  });

  test("refuses what is no database, and the same file twice", async () => {
    const folder = temporaryFolder();
    const text = join(folder, "text.db");
    writeFileSync(text, "no database at all, but long enough to have a header ".repeat(20));
    await expect(validateDatabases([text])).rejects.toThrow(
      expect.objectContaining({ code: "SYNC_NOT_A_DATABASE" }),
    );
    const a = database(folder, "a.db", "CREATE TABLE t (x)");
    await expect(validateDatabases([a, a])).rejects.toThrow(
      expect.objectContaining({ code: "SYNC_SAME_FILE" }),
    );
    await expect(validateDatabases([])).rejects.toThrow(SyncError);
  });

  test.each(TRAPS)(
    "finds a difference wherever there is one, and none in a copy: $name",
    async (trap) => {
      const folder = temporaryFolder();
      const [a, b, copy] = [
        database(folder, "a.db", trap.a),
        database(folder, "b.db", trap.b),
        database(folder, "c.db", trap.b),
      ];
      const hashes = fileHashes(a, b, copy);
      expect((await validateDatabases([a, b])).differences.length > 0).toBe(
        Object.keys(trap.counts).length > 0,
      );
      expect(await validateDatabases([b, copy])).toMatchObject({ ok: true, differences: [] });
      expect(fileHashes(a, b, copy)).toEqual(hashes);
    },
  );
});

describe("content digest", () => {
  const rows = "INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)";

  test("does not depend on the order of rows, rowids, page size, the order of columns", async () => {
    const digest = await digestOf(`CREATE TABLE t (k TEXT PRIMARY KEY, v); ${rows}`);
    const others = [
      "PRAGMA page_size = 512; CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('c', 3), ('a', 1), ('b', 2)",
      `CREATE TABLE t (k TEXT PRIMARY KEY, v); ${rows}; UPDATE t SET rowid = rowid + 100`,
      "CREATE TABLE T (V, K TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO T (K, V) VALUES ('a', 1), ('b', 2), ('c', 3)",
    ];
    for (const other of others) expect(await digestOf(other)).toBe(digest);
  });

  test.each([
    ["storage class", "UPDATE t SET v = 1.0 WHERE k = 'a'"],
    ["text and blob", "UPDATE t SET v = '1' WHERE k = 'a'"],
    ["values swapped between rows", "UPDATE t SET v = 3 - v WHERE k < 'c'"],
    ["a row twice", "INSERT INTO t VALUES ('a', 1)"],
    ["two rows twice", "INSERT INTO t VALUES ('a', 1), ('a', 1)"],
    ["a missing row", "DELETE FROM t WHERE k = 'a'"],
    ["NULL and empty", "UPDATE t SET v = NULL WHERE k = 'a'"],
  ])("tells apart: %s", async (_, edit) => {
    const table = `CREATE TABLE t (k, v); ${rows}`;
    expect(await digestOf(`${table}; ${edit}`)).not.toBe(await digestOf(table));
  });

  test("tells apart texts that are not valid, and that only their border sets apart", async () => {
    const texts = [
      "CAST(X'FF' AS TEXT)",
      "CAST(X'FE' AS TEXT)",
      "CAST(X'EFBFBD' AS TEXT)",
      "X'FF'",
    ];
    const digests = await Promise.all(
      texts.map((text) => digestOf(`CREATE TABLE t (x, y); INSERT INTO t VALUES (${text}, 'b')`)),
    );
    expect(new Set(digests).size).toBe(texts.length);
    expect(await digestOf("CREATE TABLE t (x, y); INSERT INTO t VALUES ('ab', 'c')")).not.toBe(
      await digestOf("CREATE TABLE t (x, y); INSERT INTO t VALUES ('a', 'bc')"),
    );
  });

  test("tells apart UTF-16 texts that SQLite converts to the same UTF-8", async () => {
    const digests = await Promise.all(
      ["00D84100", "00D841DC"].map((hex) =>
        digestOf(
          `PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x); INSERT INTO t VALUES (CAST(X'${hex}' AS TEXT))`,
        ),
      ),
    );
    expect(digests[0]).not.toBe(digests[1]);
  });

  test("calls zero and minus zero the same, and holds values larger than its memory", async () => {
    const one = (value: number) => (db: Database.Database) => {
      db.exec("CREATE TABLE t (x, y)");
      db.prepare("INSERT INTO t VALUES (?, ?)").run(value, "é".repeat(100_000));
    };
    expect(await digestOf(one(0))).toBe(await digestOf(one(-0)));
    expect(await digestOf(one(0))).not.toBe(await digestOf(one(1)));
  });
});
