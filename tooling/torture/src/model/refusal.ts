import Database from "better-sqlite3";
import { parseCanonical, quoteName, quoteNames } from "@sync/testkit";
import type { CanonicalRow, ExpectedTable } from "@sync/testkit";
import type { Side } from "../scenario.ts";

/**
 * Whether what the rule says both sides should hold breaks a constraint on one of them. SQLite itself is
 * asked, on a copy in memory: if it takes all of it, no row has a reason to be left alone.
 */
export function breaksConstraint(
  files: Readonly<Record<Side, string>>,
  tables: readonly ExpectedTable[],
): boolean {
  const constrained = tables.filter(
    (expected) => expected.table.constrained && hasChanges(expected),
  );
  if (constrained.length === 0) return false;
  if (constrained.some(isUndetermined)) return true;
  return (["a", "b"] as const).some((side) => refuses(files[side], side, tables));
}

/**
 * Where the rule leaves a value open, either of them may break something. And what points at a key that
 * both sides gave out waits until it is clear whose row that is.
 */
function isUndetermined({ table, rows }: ExpectedTable): boolean {
  return rows.some(
    ({ verdict }) =>
      verdict.results.length > 1 ||
      (table.generatedKey && verdict.type === "parked" && verdict.conflict === "insert/insert"),
  );
}

function hasChanges({ rows, counts }: Pick<ExpectedTable, "rows" | "counts">): boolean {
  return (
    rows.some(({ verdict }) => verdict.type !== "unchanged") ||
    counts.some(({ before, after }) => before.a !== after || before.b !== after)
  );
}

function refuses(path: string, side: Side, tables: readonly ExpectedTable[]): boolean {
  const db = copyInMemory(path);
  try {
    db.pragma("foreign_keys = OFF");
    const orphans = countOrphans(db);
    for (const name of triggersOf(db)) db.exec(`DROP TRIGGER ${quoteName(name)}`);
    for (const expected of tables.filter(hasChanges)) replaceRows(db, expected, side);
    return countOrphans(db) > orphans;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_CONSTRAINT"))
      return true;
    throw error;
  } finally {
    db.close();
  }
}

function copyInMemory(path: string): Database.Database {
  const source = new Database(path, { readonly: true });
  const image = source.serialize();
  source.close();
  // A database in WAL mode does not open from memory: bytes 18 and 19 say so (file format, 1.3.3).
  image[18] = 1;
  image[19] = 1;
  return new Database(image);
}

function countOrphans(db: Database.Database): number {
  return db.prepare("PRAGMA foreign_key_check").all().length;
}

function triggersOf(db: Database.Database): string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .pluck()
    .all() as string[];
}

/** All rows go, and those come that should be there; parked ones as they were. */
function replaceRows(
  db: Database.Database,
  { table, rows, counts }: ExpectedTable,
  side: Side,
): void {
  const wanted = [
    ...rows.flatMap(({ before, verdict }) => {
      const row = verdict.type === "parked" ? before[side] : (verdict.results[0] ?? null);
      return row === null ? [] : [row];
    }),
    // Our own JSON, made from a row.
    ...counts.flatMap(({ content, after }) =>
      Array.from({ length: after }, () => JSON.parse(content) as CanonicalRow),
    ),
  ];
  db.exec(`DELETE FROM ${quoteName(table.name)}`);
  for (const row of wanted) insertRow(db, table.name, row);
}

/** Text as bytes: not all of it survives a JavaScript string. */
function insertRow(db: Database.Database, table: string, row: CanonicalRow): void {
  const names = Object.keys(row);
  const values = names.map((name) => parseCanonical(row[name] ?? "null"));
  const marks = values.map((value) => (value.class === "text" ? "CAST(? AS TEXT)" : "?"));
  const bound = values.map((value) => {
    switch (value.class) {
      case "null":
        return null;
      case "integer":
        return value.integer;
      case "real":
        return value.real;
      case "text":
      case "blob":
        return value.bytes;
    }
  });
  // OR ABORT: a conflict clause of the table would delete another row without a word.
  db.prepare(
    `INSERT OR ABORT INTO ${quoteName(table)} (${quoteNames(names)}) VALUES (${marks.join(", ")})`,
  ).run(...bound);
}
