import type Database from "better-sqlite3";
import { quoteName } from "../identifier.ts";
import { SIDES } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { childOn } from "./key-references.ts";
import type { KeyReference } from "./key-references.ts";

/** The greatest rowid there can be (autoinc.html). */
export const MAX_KEY: bigint = 2n ** 63n - 1n;

/**
 * The greatest key of a table that is or was in use: on both sides, in the base, handed out and deleted,
 * or pointed at. A key after it belongs to no row anybody knows of. The same whichever side is a.
 */
export function lastKey(
  db: Database.Database,
  { table, sides, work }: Shape,
  references: readonly KeyReference[],
): bigint {
  const key = quoteName(table.key[0]?.name ?? "");
  const sources = [sides.a.all, sides.b.all, ...(work.base === null ? [] : [work.base])];
  const pointing = references
    .filter(({ parent }) => parent.table === table)
    .flatMap((reference) => {
      const column = quoteName(reference.columns[0] ?? "");
      return reference.sides.map((side) => greatestIn(childOn(reference, side), column));
    });
  const handedOut = SIDES.filter(({ side }) => hasSequence(db, side)).map(
    ({ side }) =>
      `SELECT max(seq) FROM ${side}.sqlite_sequence WHERE name = @${side} COLLATE NOCASE`,
  );
  const greatest = [...sources.map((source) => `SELECT max(${key}) FROM ${source}`), ...pointing];
  const statements = [...greatest, ...handedOut].map((sql) => `(${sql})`);
  const found = db
    .prepare(
      `SELECT max(value) FROM (${statements.map((sql) => `SELECT ${sql} AS value`).join(" UNION ALL ")}) WHERE @a IS NOT @b OR TRUE`,
    )
    .safeIntegers()
    .pluck()
    .get({ a: sides.a.own.name, b: sides.b.own.name }) as bigint | null;
  return found === null || found < 0n ? 0n : found;
}

/** A number may stand as text in a column of that affinity, and points at the key all the same. */
function greatestIn(table: string, column: string): string {
  return `SELECT max(CAST(${column} AS INTEGER)) FROM ${table}
    WHERE typeof(${column}) IN ('integer', 'text') AND typeof(CAST(${column} AS NUMERIC)) = 'integer'`;
}

function hasSequence(db: Database.Database, side: "a" | "b"): boolean {
  const sql = `SELECT 1 FROM ${side}.sqlite_schema WHERE name = 'sqlite_sequence'`;
  return db.prepare(sql).get() !== undefined;
}
