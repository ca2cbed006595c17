import type Database from "better-sqlite3";
import type { Row } from "@sync/model";
import { laterSide, settleTimestamp, timestampColumnOf } from "../reconcile/merge.ts";
import { concatenated, qualified, valuesDiffer } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { columnNames } from "../sqlite/rows.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/** Fills in `sources`: which side changed each column, `?` where both did and differ. No `?` at all is a merge. */
export function compareImages(db: Database.Database, { table, work }: Shape): void {
  const image = (alias: string, letter: string): string =>
    `${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
  const set = (value: string, from: string, where: string): void =>
    void db.exec(`UPDATE ${work.plan} SET ${C.sources} = found.s FROM (
      SELECT p.${C.n} AS n, ${value} AS s FROM ${work.plan} AS p ${from} WHERE p.${C.outcome} = 'open' AND ${where}) AS found
      WHERE ${C.n} = found.n`);
  const both = `CROSS JOIN ${image("x", "a")} CROSS JOIN ${image("y", "b")}`;
  set(
    letters(table, true),
    `${both} CROSS JOIN ${image("o", "0")}`,
    `p.${C.didA} = '~' AND p.${C.didB} = '~'`,
  );
  set(letters(table, false), both, `p.${C.didA} = '+' AND p.${C.didB} = '+'`);
  const whole = `p.${C.didA} = '-' OR p.${C.didB} = '-' OR p.${C.stale} IS NOT NULL`;
  set(`'${"?".repeat(table.columns.length)}'`, "", `(${whole})`);
}

/** One letter per column of images `x` (a) and `y` (b); with base `o`, a column that one side left alone is the other's. */
function letters(table: Table, hasBase: boolean): string {
  return concatenated(
    table.columns.map((column) => {
      const [o, x, y] = [
        qualified(column.name, "o"),
        qualified(column.name, "x"),
        qualified(column.name, "y"),
      ];
      const oneSided = hasBase
        ? `WHEN NOT ${valuesDiffer(column, x, o)} THEN 'b' WHEN NOT ${valuesDiffer(column, y, o)} THEN 'a'`
        : "";
      return `CASE ${oneSided} WHEN NOT ${valuesDiffer(column, x, y)} THEN 'a' ELSE '?' END`;
    }),
  );
}

/**
 * Rows whose columns do not dispute become `merge`; the timestamp column follows the later side.
 * What is left open is a conflict.
 */
export function mergeColumns(db: Database.Database, shape: Shape): void {
  const { work } = shape;
  const columns = columnNames(shape.table);
  const timestamp = timestampColumnOf(columns);
  if (timestamp !== null) settleTimestamps(db, shape, columns.indexOf(timestamp), timestamp);
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'merge'
    WHERE ${C.outcome} = 'open' AND ${C.didA} = '~' AND ${C.didB} = '~' AND ${C.stale} IS NULL
      AND instr(${C.sources}, '?') = 0`);
}

function settleTimestamps(
  db: Database.Database,
  { work }: Shape,
  index: number,
  column: string,
): void {
  const rows = db
    .prepare(
      `SELECT p.${C.n} AS n, p.${C.sources} AS sources, x.${quoteName(column)} AS a, y.${quoteName(column)} AS b
     FROM ${work.plan} AS p
     CROSS JOIN ${work.kept} AS x ON x.${C.owner} = p.${C.conflict} AND x.${C.image} = 'a'
     CROSS JOIN ${work.kept} AS y ON y.${C.owner} = p.${C.conflict} AND y.${C.image} = 'b'
     WHERE p.${C.outcome} = 'open' AND p.${C.didA} = '~' AND p.${C.didB} = '~'
       AND substr(p.${C.sources}, ${index + 1}, 1) = '?'`,
    )
    .safeIntegers()
    .all() as { n: bigint; sources: string; a: Row[string]; b: Row[string] }[];
  const update = db.prepare(`UPDATE ${work.plan} SET ${C.sources} = ? WHERE ${C.n} = ?`);
  for (const { n, sources, a, b } of rows) {
    update.run(settleTimestamp(sources, index, laterSide(a ?? null, b ?? null)), n);
  }
}
