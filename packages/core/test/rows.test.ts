import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseRow } from "@sync/model";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { DatabaseSynchronizationEngine } from "../src/index.ts";

function makeDatabase(sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sync-rows-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.db");
  const db = new Database(path);
  db.exec(sql);
  db.close();
  return path;
}

async function readAll(path: string, tables?: readonly string[]): Promise<DatabaseRow[]> {
  const engine = new DatabaseSynchronizationEngine({ worker: false });
  const rows: DatabaseRow[] = [];
  try {
    for await (const row of engine.rows(path, tables === undefined ? {} : { tables })) {
      rows.push(row);
    }
    return rows;
  } finally {
    await engine.close();
  }
}

test("every row of a database comes, by table and key, with its exact values", async () => {
  const path = makeDatabase(`CREATE TABLE t (id INTEGER PRIMARY KEY, v);
    INSERT INTO t VALUES (3, 1.0), (1, 9223372036854775807), (2, x'00ff');
    CREATE TABLE bag (v);
    INSERT INTO bag VALUES ('x'), ('x'), (NULL);
    CREATE TABLE empty (id INTEGER PRIMARY KEY);`);
  const before = readFileSync(path);
  const rows = await readAll(path);
  expect(rows.filter(({ table }) => table === "t")).toEqual([
    { table: "t", key: { id: 1n }, row: { id: 1n, v: 9223372036854775807n } },
    { table: "t", key: { id: 2n }, row: { id: 2n, v: Buffer.of(0, 255) } },
    { table: "t", key: { id: 3n }, row: { id: 3n, v: 1 } },
  ]);
  const bag = rows.filter(({ table }) => table === "bag").map(({ row }) => row["v"]);
  expect(bag).toHaveLength(3);
  expect(bag).toEqual(expect.arrayContaining([null, "x", "x"]));
  expect(rows).toHaveLength(6);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(await readAll(path, ["bag"])).toHaveLength(3);
});

test("rows that only the log of an open database holds come, too", async () => {
  const path = makeDatabase("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY)");
  const db = new Database(path);
  onTestFinished(() => void db.close());
  db.exec("INSERT INTO t VALUES (1)");
  expect(existsSync(`${path}-wal`)).toBe(true);
  expect(await readAll(path)).toEqual([{ table: "t", key: { id: 1n }, row: { id: 1n } }]);
});

test("a reader that stops early leaves nothing behind, and what is no database is an error", async () => {
  const path = makeDatabase(`CREATE TABLE t (id INTEGER PRIMARY KEY);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i FROM n`);
  const scratch = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith("dbsync-rows-"));
  const before = scratch();
  const engine = new DatabaseSynchronizationEngine({ worker: false });
  for await (const { key } of engine.rows(path)) {
    expect(key).toEqual({ id: 1n });
    break;
  }
  await engine.close();
  await expect.poll(() => scratch().filter((name) => !before.includes(name))).toEqual([]);
  await expect(readAll(`${path}.none`)).rejects.toMatchObject({ code: "SYNC_DB_MISSING" });
});
