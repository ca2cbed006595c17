import type Database from "better-sqlite3";
import type { Row } from "@sync/model";
import { settleTimestamp } from "../reconcile/merge.ts";
import { anyOf, concatenated, qualified, valuesDiffer } from "../sqlite/expressions.ts";
import { isSameName, quoteName } from "../sqlite/identifier.ts";
import { columnNames } from "../sqlite/rows.ts";
import type { Column } from "../sqlite/schema/types.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/** Fills in `sources`: which side changed each column, `?` where both did and differ. No `?` at all is a merge. */
export function compareImages(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  const image = (alias: string, letter: string): string =>
    `${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
  const set = (value: string, from: string, where: string): void =>
    void db.exec(`UPDATE ${work.plan} SET ${C.sources} = found.s FROM (
      SELECT p.${C.n} AS n, ${value} AS s FROM ${work.plan} AS p ${from} WHERE p.${C.outcome} = 'open' AND ${where}) AS found
      WHERE ${C.n} = found.n`);
  const both = `CROSS JOIN ${image("x", "a")} CROSS JOIN ${image("y", "b")}`;
  set(
    letters(shape, true),
    `${both} CROSS JOIN ${image("o", "0")}`,
    `p.${C.didA} = '~' AND p.${C.didB} = '~'`,
  );
  set(letters(shape, false), both, `p.${C.didA} = '+' AND p.${C.didB} = '+'`);
  const whole = `p.${C.didA} = '-' OR p.${C.didB} = '-' OR p.${C.stale} IS NOT NULL`;
  set(`'${"?".repeat(table.columns.length)}'`, "", `(${whole})`);
}

/** One letter per column of images `x` (a) and `y` (b); with base `o`, a column that one side left alone is the other's. */
function letters(shape: Shape, hasBase: boolean): string {
  return concatenated(
    shape.table.columns.map((column) => {
      const oneSided = hasBase
        ? `${disputedGroups(shape, column)}
           WHEN NOT ${differ(column, "x", "o")} THEN 'b' WHEN NOT ${differ(column, "y", "o")} THEN 'a'`
        : "";
      return `CASE ${oneSided} WHEN NOT ${differ(column, "x", "y")} THEN 'a' ELSE '?' END`;
    }),
  );
}

/** A group that both sides changed, not to the same, is in dispute with all its columns. */
function disputedGroups({ table, rules }: Shape, column: Column): string {
  const isIn = (group: readonly string[], { name }: Column): boolean =>
    group.some((one) => isSameName(one, name));
  return rules.groups
    .filter((group) => isIn(group, column))
    .map((group) => {
      const columns = table.columns.filter((one) => isIn(group, one));
      const anyDiffer = (x: string, y: string): string =>
        anyOf(columns.map((one) => differ(one, x, y)));
      return `WHEN ${anyDiffer("x", "o")} AND ${anyDiffer("y", "o")} AND ${anyDiffer("x", "y")} THEN '?'`;
    })
    .join(" ");
}

function differ(column: Column, x: string, y: string): string {
  return valuesDiffer(column, qualified(column.name, x), qualified(column.name, y));
}

/**
 * The same for rows that would break a constraint: where both sides have the row, what differs is in
 * dispute; else the row as it is stands against none.
 */
export function compareBroken(db: Database.Database, shape: Shape, chosen: string): void {
  const { table, work } = shape;
  const only = (letter: string): string => letter.repeat(table.columns.length);
  const image = (alias: string, letter: string): string =>
    `${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
  db.exec(`UPDATE ${work.plan} SET ${C.sources} = found.s FROM (
      SELECT p.${C.n} AS n, CASE WHEN y.${C.owner} IS NULL THEN '${only("a")}' WHEN x.${C.owner} IS NULL THEN '${only("b")}'
        ELSE ${letters(shape, false)} END AS s
      FROM ${work.plan} AS p LEFT JOIN ${image("x", "a")} LEFT JOIN ${image("y", "b")} WHERE ${chosen}) AS found
    WHERE ${C.n} = found.n`);
}

/**
 * Rows whose columns do not dispute become `merge`; the timestamp column follows the later side, whichever
 * of them changed it: in a ring of pairs two times would otherwise chase each other for ever.
 * What is left open is a conflict.
 */
export function mergeColumns(db: Database.Database, shape: Shape): void {
  const { work } = shape;
  const columns = columnNames(shape.table);
  const { timestamp } = shape.rules;
  if (timestamp !== null) settleTimestamps(db, shape, columns.indexOf(timestamp), timestamp);
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'merge'
    WHERE ${C.outcome} = 'open' AND ${C.didA} = '~' AND ${C.didB} = '~' AND ${C.stale} IS NULL
      AND instr(${C.sources}, '?') = 0`);
}

/**
 * Most timestamps of a database are written alike, and are settled without passing through JavaScript: of
 * two times as SQLite writes them (`YYYY-MM-DD HH:MM:SS`, a day that there is), the later is the greater text.
 */
function settleAlike(
  db: Database.Database,
  work: Shape["work"],
  index: number,
  column: string,
): void {
  const [a, b] = [`x.${quoteName(column)}`, `y.${quoteName(column)}`];
  const image = (alias: string, letter: string): string =>
    `CROSS JOIN ${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
  const later = `CASE WHEN ${a} >= ${b} COLLATE BINARY THEN 'a' ELSE 'b' END`;
  db.exec(`UPDATE ${work.plan} SET ${C.sources} = substr(${C.sources}, 1, ${index}) || found.later || substr(${C.sources}, ${index + 2})
    FROM (SELECT p.${C.n} AS n, ${later} AS later FROM ${work.plan} AS p ${image("x", "a")} ${image("y", "b")}
      WHERE ${BOTH_UPDATED} AND ${a} IS NOT ${b} COLLATE BINARY AND ${isAlike(a, b)}) AS found
    WHERE ${C.n} = found.n`);
}

/** Rows `p` of which both sides have a version of their own, neither of them an old one that came back. */
const BOTH_UPDATED = `p.${C.outcome} = 'open' AND p.${C.didA} = '~' AND p.${C.didB} = '~' AND p.${C.stale} IS NULL`;

function isAlike(a: string, b: string): string {
  const isTime = (value: string): string =>
    `${value} IS NOT NULL AND datetime(${value}) IS ${value}`;
  return `(${isTime(a)} AND ${isTime(b)})`;
}

function settleTimestamps(
  db: Database.Database,
  { work }: Shape,
  index: number,
  column: string,
): void {
  settleAlike(db, work, index, column);
  const [x, y] = [`x.${quoteName(column)}`, `y.${quoteName(column)}`];
  const rows = db
    .prepare(
      `SELECT p.${C.n} AS n, p.${C.sources} AS sources, ${x} AS a, ${y} AS b
     FROM ${work.plan} AS p
     CROSS JOIN ${work.kept} AS x ON x.${C.owner} = p.${C.conflict} AND x.${C.image} = 'a'
     CROSS JOIN ${work.kept} AS y ON y.${C.owner} = p.${C.conflict} AND y.${C.image} = 'b'
     WHERE ${BOTH_UPDATED} AND ${x} IS NOT ${y} COLLATE BINARY AND NOT ${isAlike(x, y)}`,
    )
    .safeIntegers()
    .all() as { n: bigint; sources: string; a: Row[string]; b: Row[string] }[];
  const update = db.prepare(`UPDATE ${work.plan} SET ${C.sources} = ? WHERE ${C.n} = ?`);
  for (const { n, sources, a, b } of rows) {
    update.run(settleTimestamp(sources, index, { a: a ?? null, b: b ?? null }), n);
  }
}
