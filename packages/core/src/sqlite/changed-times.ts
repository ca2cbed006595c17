import type Database from "better-sqlite3";
import type { SqlValue } from "@sync/model";
import { quoteName } from "./identifier.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/**
 * How values are written, as far as SQL can tell cheaply: numbers by their magnitude (seconds, milli- and
 * microseconds, see `timestampToMs`), text by what stands after the date and whether a zone ends it.
 */
const FORMATS = 9;

/** The number of the format in which `t` is written; NULL for what is no time. */
function formatOf(t: string): string {
  const hasZone = `substr(${t}, -1) IN ('Z', 'z') OR substr(${t}, -6, 1) IN ('+', '-') OR substr(${t}, -5, 1) IN ('+', '-')`;
  return `CASE typeof(${t})
    WHEN 'integer' THEN (${t} >= 1e11) + (${t} >= 1e14)
    WHEN 'real' THEN (${t} >= 1e11) + (${t} >= 1e14)
    WHEN 'text' THEN CASE substr(${t}, 11, 1) WHEN ' ' THEN 3 WHEN 'T' THEN 5 WHEN '' THEN 7 END + (${hasZone})
    END`;
}

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
  // One pass with an aggregate for each format: grouping would sort all of them. Which format it is, is found out
  // once for each row: an aggregate keeps SQLite from moving that into each of the others.
  const newest = Array.from({ length: FORMATS }, (_, n) => `max(t) FILTER (WHERE f = ${n})`);
  const row = db
    .prepare(
      `SELECT ${newest.join(", ")} FROM (
         SELECT p.${time} AS t, ${formatOf(`p.${time}`)} AS f FROM ${work.plan} AS p WHERE ${changed} AND p.${C.outcome} = 'copy'
         UNION ALL
         SELECT k.${time}, ${formatOf(`k.${time}`)} FROM ${work.plan} AS p
           CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'
           WHERE ${changed} AND p.${C.outcome} IN ('open', 'merge') AND p.${C.stale} IS NULL)`,
    )
    .safeIntegers()
    .raw()
    .get() as SqlValue[];
  return row.filter((value) => value !== null);
}
