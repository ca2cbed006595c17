import type Database from "better-sqlite3";
import { columnList, keyHasNull, qualified } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import type { Table } from "../schema/types.ts";
import { NOTED } from "./compared.ts";
import type { Compared } from "./compared.ts";

/** How many rows of a bag stand on one side more often than on the other, and how many on both. */
export interface BagCounts {
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly same: number;
}

/**
 * Notes every content of a bag (rows without a key, or with NULL in it) that does not stand equally
 * often in `a` and `b`: one grouping of all its rows. O(n log n).
 */
export function findBagDifferences(db: Database.Database, compared: Compared): BagCounts {
  db.exec(groupBag(compared));
  const surplus = (more: string, less: string): number =>
    db
      .prepare(`SELECT ifnull(sum(max(${more} - ${less}, 0)), 0) FROM ${compared.bag}`)
      .pluck()
      .get() as number;
  const onlyInA = surplus(NOTED.countA, NOTED.countB);
  const onlyInB = surplus(NOTED.countB, NOTED.countA);
  return { onlyInA, onlyInB, same: countBag(db, compared) - onlyInA };
}

/** Contents that do not stand equally often on both sides, with the counts and the largest rowid on each. */
export function groupBag({ table, a, b, bag }: Compared): string {
  const { countA, countB, rowidA, rowidB } = NOTED;
  const rowid = table.rowidName === null ? "NULL" : qualified(table.rowidName, "s");
  const where = keyHasNull(table, "s");
  const [list, rows] = [columnList(table), columnList(table, "s")];
  return `INSERT INTO ${bag} (${list}, ${countA}, ${countB}, ${rowidA}, ${rowidB})
    SELECT ${list}, sum(${countA}), sum(${countB}), max(${rowidA}), max(${rowidB}) FROM (
      SELECT ${rows}, 1 AS ${countA}, 0 AS ${countB}, ${rowid} AS ${rowidA}, NULL AS ${rowidB}
      FROM ${a} AS s WHERE ${where}
      UNION ALL SELECT ${rows}, 0, 1, NULL, ${rowid} FROM ${b} AS s WHERE ${where})
    GROUP BY ${exactGroups(table)} HAVING sum(${countA}) <> sum(${countB})`;
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
    .prepare(`SELECT count(*) FROM ${a} AS s WHERE ${keyHasNull(table, "s")}`)
    .pluck()
    .get() as number;
}
