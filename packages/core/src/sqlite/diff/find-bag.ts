import type Database from "better-sqlite3";
import { anyOf, columnList, keyHasNull, qualified, valuesDiffer } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import type { Table } from "../schema/types.ts";
import { NOTED } from "./compared.ts";
import type { RowSources } from "./candidate-tables.ts";
import type { Compared } from "./compared.ts";

/** How many rows of a bag stand on one side more often than on the other, and how many on both. */
export interface BagCounts {
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly same: number;
}

/**
 * Notes every content of a bag (rows without a key, or with NULL in it) that does not stand equally
 * often in `a` and `b`. O(n log n).
 */
export function findBagDifferences(db: Database.Database, compared: Compared): BagCounts {
  const found = findBagAmong(db, compared, allRows(compared));
  return { ...found, same: countBag(db, compared) - found.onlyInA };
}

/**
 * As {@link findBagDifferences}, but groups only the rows that the sources give. Others stand on both sides
 * under the same rowid, which leaves them out of both counts anyway.
 *
 * @param sources - the rows of each side that may differ, as `x`
 */
export function findBagAmong(
  db: Database.Database,
  compared: Compared,
  sources: RowSources,
): Omit<BagCounts, "same"> {
  db.exec(groupBag(compared, sources));
  return countNotedContents(db, compared);
}

/** How many rows of the noted contents stand on one side more often than on the other. */
export function countNotedContents(
  db: Database.Database,
  compared: Compared,
): Omit<BagCounts, "same"> {
  const surplus = (more: string, less: string): number =>
    db
      .prepare(`SELECT ifnull(sum(max(${more} - ${less}, 0)), 0) FROM ${compared.bag}`)
      .pluck()
      .get() as number;
  const onlyInA = surplus(NOTED.countA, NOTED.countB);
  return { onlyInA, onlyInB: surplus(NOTED.countB, NOTED.countA) };
}

/** Every row of both sides, as `x`. */
export function allRows({ a, b }: Compared): RowSources {
  return { a: `${a} AS x`, b: `${b} AS x` };
}

/**
 * Contents that do not stand equally often on both sides, with the counts and the largest rowid on each.
 * Rows that hold the same under the same rowid are left out of both counts, which does not change their
 * difference: of two copies nearly nothing is left to group.
 */
export function groupBag({ table, a, b, bag }: Compared, sources: RowSources): string {
  const { countA, countB, rowidA, rowidB } = NOTED;
  const rowid = table.rowidName === null ? "NULL" : qualified(table.rowidName, "x");
  const [list, rows] = [columnList(table), columnList(table, "x")];
  return `INSERT INTO ${bag} (${list}, ${countA}, ${countB}, ${rowidA}, ${rowidB})
    SELECT ${list}, sum(${countA}), sum(${countB}), max(${rowidA}), max(${rowidB}) FROM (
      SELECT ${rows}, 1 AS ${countA}, 0 AS ${countB}, ${rowid} AS ${rowidA}, NULL AS ${rowidB}
      FROM ${sources.a} WHERE ${keyHasNull(table, "x")}${notPaired(table, b)}
      UNION ALL SELECT ${rows}, 0, 1, NULL, ${rowid}
      FROM ${sources.b} WHERE ${keyHasNull(table, "x")}${notPaired(table, a)})
    GROUP BY ${exactGroups(table)} HAVING sum(${countA}) <> sum(${countB})`;
}

/** The other side does not hold the same content under the same rowid. */
function notPaired(table: Table, other: string): string {
  if (table.rowidName === null) return "";
  const differ = table.columns.map((column) =>
    valuesDiffer(column, qualified(column.name, "o"), qualified(column.name, "x")),
  );
  const rowid = quoteName(table.rowidName);
  return ` AND NOT EXISTS (SELECT 1 FROM ${other} AS o WHERE o.${rowid} = x.${rowid} AND NOT ${anyOf(differ)})`;
}

/** Groups of one exact content: `GROUP BY` alone would put 1 and 1.0 together. */
function exactGroups(table: Table): string {
  return table.columns
    .flatMap(({ name, mixedClasses }) => {
      const exact = `${quoteName(name)} COLLATE BINARY`;
      return mixedClasses === "never" ? [exact] : [exact, `typeof(${quoteName(name)})`];
    })
    .join(", ");
}

function countBag(db: Database.Database, { table, a }: Compared): number {
  return db
    .prepare(`SELECT count(*) FROM ${a} AS x WHERE ${keyHasNull(table, "x")}`)
    .pluck()
    .get() as number;
}
