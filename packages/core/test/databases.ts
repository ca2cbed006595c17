import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sync-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a database file and closes it. */
export function makeDatabase(path: string, build: (db: Database.Database) => void): string {
  const db = new Database(path);
  try {
    // Nobody pulls the plug on a test's fixture.
    db.pragma("synchronous = OFF");
    build(db);
  } finally {
    db.close();
  }
  return path;
}

/** All items of an asynchronous iteration. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Every row of every table that is not SQLite's or a module's own, each value as class and bytes; by table, sorted. */
export function dumpRows(path: string): Record<string, string[]> {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' AND type <> 'view' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .pluck()
      .all() as string[];
    return Object.fromEntries(tables.map((table) => [table.toLowerCase(), dumpTable(db, table)]));
  } finally {
    db.close();
  }
}

/** Everything in the schema but the order of triggers of different tables, which means nothing. */
export function dumpSchema(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db
      .prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, tbl_name, CASE type WHEN 'trigger' THEN rowid END, name",
      )
      .raw()
      .all();
  } finally {
    db.close();
  }
}

/** A hash of each file's bytes. */
export function fileHashes(...paths: readonly string[]): string[] {
  return paths.map((path) => createHash("sha256").update(readFileSync(path)).digest("hex"));
}

function dumpTable(db: Database.Database, table: string): string[] {
  const name = `"${table.replaceAll('"', '""')}"`;
  const columns = (
    db
      .prepare("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1")
      .pluck()
      .all(table) as string[]
  ).toSorted((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
  const values = columns.flatMap((column) => {
    const quoted = `"${column.replaceAll('"', '""')}"`;
    return [
      `typeof(${quoted})`,
      `CASE typeof(${quoted}) WHEN 'real' THEN ${quoted} ELSE CAST(${quoted} AS BLOB) END`,
    ];
  });
  const rows = db
    .prepare(`SELECT ${values.join(", ")} FROM ${name}`)
    .raw()
    .all() as unknown[][];
  return rows.map((row) => row.map(exactText).join(" ")).toSorted();
}

function exactText(value: unknown): string {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  if (typeof value !== "number") return String(value);
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value === 0 ? 0 : value);
  return bits.toString("hex");
}
