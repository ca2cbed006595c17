import type Database from "better-sqlite3";
import { isAbsent, keyHasNull, keyList, keyMatches, rowsDiffer } from "../expressions.ts";
import { slicesOf } from "../slices.ts";
import type { Pace } from "../slices.ts";
import type { RowSources } from "./candidate-tables.ts";
import { NOTED } from "./compared.ts";
import type { Compared } from "./compared.ts";

/** How many keyed rows differ in which way, and how many do not. */
export interface KeyedCounts {
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly changed: number;
  readonly same: number;
}

/**
 * Notes every key whose rows are not exactly the same in `a` and `b`. Set-wise, one search in `b` for
 * each row of `a`; rows that only `b` has are looked for only where the counts tell that there are any.
 * Rows with NULL in the key are not looked at. Reads in the caller's transaction.
 */
export function findKeyedDifferences(
  db: Database.Database,
  compared: Compared,
  pace: Pace,
): KeyedCounts {
  const walked = findInA(db, compared, pace);
  const rowsA = compared.table.nullableKey ? countKeyed(db, compared, "a") : walked;
  const rowsB = countKeyed(db, compared, "b");
  const onlyInA = countNoted(db, compared, "-");
  const changed = countNoted(db, compared, "~");
  const matched = rowsA - onlyInA;
  if (matched < rowsB) findOnlyInB(db, compared, pace);
  return { onlyInA, changed, onlyInB: rowsB - matched, same: matched - changed };
}

/**
 * As {@link findKeyedDifferences}, but looks only at the rows that the sources give; all others are known to
 * be the same.
 *
 * @param sources - the rows of each side that may differ, as `x`
 */
export function findKeyedAmong(
  db: Database.Database,
  compared: Compared,
  sources: RowSources,
): Omit<KeyedCounts, "same"> {
  db.exec(lookFromA(compared, { from: sources.a, where: "TRUE" }));
  db.exec(lookFromB(compared, { from: sources.b, where: "TRUE" }));
  return countNotedKeys(db, compared);
}

/** The differing keys that are noted, by how they differ. */
export function countNotedKeys(
  db: Database.Database,
  compared: Compared,
): Omit<KeyedCounts, "same"> {
  const [onlyInA, onlyInB] = [countNoted(db, compared, "-"), countNoted(db, compared, "+")];
  return { onlyInA, onlyInB, changed: countNoted(db, compared, "~") };
}

/** Some rows of a side, as `x`. */
export interface RowPart {
  /** What to read, from the word FROM on. */
  readonly from: string;
  readonly where: string;
}

/** Rows of a part of `a` that `b` does not have, or has otherwise. */
export function lookFromA({ table, b, keys }: Compared, part: RowPart): string {
  const absent = isAbsent(table, "y");
  return `INSERT INTO ${keys} (${keyList(table)}, ${NOTED.how})
    SELECT ${keyList(table, "x")}, CASE WHEN ${absent} THEN '-' ELSE '~' END
    FROM ${part.from} LEFT JOIN ${b} AS y ON ${keyMatches(table, "y", "x")}
    WHERE ${part.where} AND (${absent} OR ${rowsDiffer(table, "x", "y")})${keyed(table, "x")}`;
}

/** Rows of a part of `b` that `a` does not have. */
export function lookFromB({ table, a, keys }: Compared, part: RowPart): string {
  return `INSERT INTO ${keys} (${keyList(table)}, ${NOTED.how})
    SELECT ${keyList(table, "x")}, '+' FROM ${part.from}
    WHERE ${part.where} AND NOT EXISTS (SELECT 1 FROM ${a} AS o WHERE ${keyMatches(table, "o", "x")})${keyed(table, "x")}`;
}

/** @returns the rows of `a`, which the walk counts anyway: counting a big table takes as long as a third of it */
function findInA(db: Database.Database, compared: Compared, pace: Pace): number {
  let walked = 0;
  const onProgress: Pace["onProgress"] = (progress) => {
    walked = progress.total;
    pace.onProgress(progress);
  };
  for (const slice of slicesOf(
    db,
    { table: compared.table, source: compared.a, alias: "x" },
    { ...pace, onProgress },
  )) {
    const part = { from: `${compared.a} AS x`, where: slice.where };
    db.prepare(lookFromA(compared, part)).run(...slice.values);
  }
  return walked;
}

function findOnlyInB(db: Database.Database, compared: Compared, pace: Pace): void {
  for (const slice of slicesOf(
    db,
    { table: compared.table, source: compared.b, alias: "x" },
    pace,
  )) {
    const part = { from: `${compared.b} AS x`, where: slice.where };
    db.prepare(lookFromB(compared, part)).run(...slice.values);
  }
}

function keyed(table: Compared["table"], alias: string): string {
  return table.nullableKey ? ` AND NOT (${keyHasNull(table, alias)})` : "";
}

function countKeyed(db: Database.Database, compared: Compared, side: "a" | "b"): number {
  const where = `TRUE${keyed(compared.table, "x")}`;
  return count(db, `SELECT count(*) FROM ${compared[side]} AS x WHERE ${where}`);
}

function countNoted(db: Database.Database, { keys }: Compared, how: string): number {
  return count(db, `SELECT count(*) FROM ${keys} WHERE ${NOTED.how} = '${how}'`);
}

function count(db: Database.Database, sql: string): number {
  return db.prepare(sql).pluck().get() as number;
}
