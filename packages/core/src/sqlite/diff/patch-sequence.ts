import type Database from "better-sqlite3";
import { quoteText } from "../identifier.ts";
import type { Table } from "../schema/types.ts";

/**
 * Statements that move the sequences of AUTOINCREMENT tables in `a` up to those of `b`, never down:
 * a number that was handed out once must not be handed out again.
 */
export function sequenceStatements(db: Database.Database, tables: readonly Table[]): string[] {
  if (!hasSequences(db, "b")) return [];
  return tables
    .filter(({ autoincrement }) => autoincrement)
    .flatMap(({ name }) => {
      const target = sequenceOf(db, "b", name);
      const present = sequenceOf(db, "a", name);
      if (target === null || (present !== null && present >= target)) return [];
      const where = `name = ${quoteText(name)}`;
      return [
        `UPDATE sqlite_sequence SET seq = ${target} WHERE ${where} AND seq < ${target};`,
        `INSERT INTO sqlite_sequence (name, seq) SELECT ${quoteText(name)}, ${target} WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE ${where});`,
      ];
    });
}

function sequenceOf(db: Database.Database, side: "a" | "b", table: string): bigint | null {
  const row = db
    .prepare(
      `SELECT max(seq) FROM ${side}.sqlite_sequence WHERE name = ? COLLATE NOCASE AND typeof(seq) = 'integer'`,
    )
    .safeIntegers()
    .pluck()
    .get(table);
  return typeof row === "bigint" ? row : null;
}

/** The table exists once some table of the database was made with AUTOINCREMENT. */
function hasSequences(db: Database.Database, side: "a" | "b"): boolean {
  return (
    db.prepare(`SELECT 1 FROM ${side}.sqlite_schema WHERE name = 'sqlite_sequence'`).get() !==
    undefined
  );
}
