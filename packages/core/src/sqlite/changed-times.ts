import type Database from "better-sqlite3";
import type { SqlValue } from "@sync/model";
import { quoteName } from "./identifier.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/**
 * How values are written, as far as SQL can tell cheaply: numbers by their magnitude (seconds, milli- and
 * microseconds, see `timestampToMs`), text by what stands after the date and whether a zone ends it.
 */
const FORMAT = `CASE typeof(t) WHEN 'text' THEN 'text' || substr(t, 11, 1)
    || (t GLOB '*[Zz]' OR t GLOB '*[+-][0-9][0-9]:[0-9][0-9]' OR t GLOB '*[+-][0-9][0-9][0-9][0-9]')
  WHEN 'null' THEN NULL WHEN 'blob' THEN NULL
  ELSE CASE WHEN t < 1e11 THEN 's' WHEN t < 1e14 THEN 'ms' ELSE 'us' END END`;

/**
 * The newest time of the rows that a side changed, one for each format in which they are written: a
 * handful of values, whatever the number of rows. Conflicts parked earlier are not in it.
 */
export function newestTimes(
  db: Database.Database,
  { work }: Shape,
  side: SideNames,
  column: string,
): SqlValue[] {
  const time = quoteName(column);
  const changed = `p.${side.did} IN ('~', '+')`;
  return db
    .prepare(
      `SELECT max(t) FROM (
         SELECT p.${time} AS t FROM ${work.plan} AS p WHERE ${changed} AND p.${C.outcome} = 'copy'
         UNION ALL
         SELECT k.${time} FROM ${work.plan} AS p
           CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'
           WHERE ${changed} AND p.${C.outcome} IN ('open', 'merge') AND p.${C.stale} IS NULL)
       GROUP BY ${FORMAT} HAVING ${FORMAT} IS NOT NULL`,
    )
    .safeIntegers()
    .pluck()
    .all() as SqlValue[];
}
