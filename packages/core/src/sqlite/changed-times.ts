import type Database from "better-sqlite3";
import type { SqlValue } from "@sync/model";
import { quoteName } from "./identifier.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/**
 * How values are written, as far as SQL can tell cheaply: numbers by their magnitude (seconds, milli- and
 * microseconds, see `timestampToMs`), text by what stands after the date and whether a zone ends it.
 */
const NUMBERS = ["t < 1e11", "t >= 1e11 AND t < 1e14", "t >= 1e14"].map(
  (range) => `typeof(t) IN ('integer', 'real') AND ${range}`,
);
const HAS_ZONE =
  "(substr(t, -1) IN ('Z', 'z') OR substr(t, -6, 1) IN ('+', '-') OR substr(t, -5, 1) IN ('+', '-'))";
const TEXTS = ["' '", "'T'", "''"].flatMap((after) =>
  [HAS_ZONE, `NOT ${HAS_ZONE}`].map(
    (zone) => `typeof(t) = 'text' AND substr(t, 11, 1) = ${after} AND ${zone}`,
  ),
);
const FORMATS = [...NUMBERS, ...TEXTS];

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
  // One pass with an aggregate for each format: grouping would sort all of them.
  const newest = FORMATS.map((format) => `max(t) FILTER (WHERE ${format})`);
  const row = db
    .prepare(
      `SELECT ${newest.join(", ")} FROM (
         SELECT p.${time} AS t FROM ${work.plan} AS p WHERE ${changed} AND p.${C.outcome} = 'copy'
         UNION ALL
         SELECT k.${time} FROM ${work.plan} AS p
           CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'
           WHERE ${changed} AND p.${C.outcome} IN ('open', 'merge') AND p.${C.stale} IS NULL)`,
    )
    .safeIntegers()
    .raw()
    .get() as SqlValue[];
  return row.filter((value) => value !== null);
}
