import type Database from "better-sqlite3";
import { columnList, contentMatches, keyHasNull, qualified } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import { indexContents } from "./plan-tables.ts";
import type { Table } from "./schema/types.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/**
 * Compares a bag (rows without a key, or with NULL in it) by content and count, in one grouping of
 * base, a and b, and puts every content whose counts differ into the plan (DESIGN §5): a count that
 * one side changed is copied, the same change on both sides is agreement, else the larger count holds.
 * O(n log n) in the rows of both sides and the base.
 */
export function findBagChanges(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  const columns = columnList(table);
  const [base, a, b] = [C.countBase, C.countA, C.countB].map((name) => `sum(${name})`);
  db.exec(
    `INSERT INTO ${work.planBag}
       (${columns}, ${C.countBase}, ${C.countA}, ${C.countB}, ${C.rowidA}, ${C.rowidB})
     SELECT ${columns}, ${base}, ${a}, ${b}, max(${C.rowidA}), max(${C.rowidB})
     FROM (${bagSources(shape).join(" UNION ALL ")})
     GROUP BY ${exactGroups(table)}
     HAVING NOT (${a} = ${b} AND ${b} = ${base})`,
  );
  setCounts(db, shape);
  indexContents(db, shape);
}

/** What to group rows by so that each group holds one exact content. */
export function exactGroups(table: Table): string {
  const groups = table.columns.flatMap(({ name, mixedClasses }) => {
    const exact = `${quoteName(name)} COLLATE BINARY`;
    return mixedClasses === "never" ? [exact] : [exact, `typeof(${quoteName(name)})`];
  });
  return groups.join(", ");
}

/** How many rows to add (positive) or take away on a side, once the wanted count is known. */
function setCounts(db: Database.Database, { work }: Shape): void {
  const hasBase = work.baseBag !== null;
  const oneSided = hasBase
    ? `${C.countA} = ${C.countBase} OR ${C.countB} = ${C.countBase}`
    : `${C.countA} = 0 OR ${C.countB} = 0`;
  const wanted = hasBase
    ? `CASE WHEN ${C.countA} = ${C.countBase} THEN ${C.countB} WHEN ${C.countB} = ${C.countBase} THEN ${C.countA}
         ELSE max(${C.countA}, ${C.countB}) END`
    : `max(${C.countA}, ${C.countB})`;
  db.exec(`UPDATE ${work.planBag} SET ${C.count} = ${wanted},
    ${C.outcome} = CASE WHEN ${C.countA} = ${C.countB} THEN 'agree' WHEN ${oneSided} THEN 'copy' ELSE 'merge' END`);
  db.exec(`UPDATE ${work.planBag} SET ${C.toA} = ${C.count} - ${C.countA}, ${C.toB} = ${C.count} - ${C.countB},
    ${C.rowidA} = ${C.rowidB}, ${C.rowidB} = ${C.rowidA}`);
}

/** Rows of a, b and base, each with the count it stands for and where it lies. */
function bagSources(shape: Shape): string[] {
  const { table, work } = shape;
  const where = table.key.length === 0 ? "TRUE" : keyHasNull(table, "s");
  const columns = columnList(table, "s");
  const rowid = table.rowidName === null ? "NULL" : qualified(table.rowidName, "s");
  const sources = [
    `SELECT ${columns}, 0 AS ${C.countBase}, 1 AS ${C.countA}, 0 AS ${C.countB}, ${rowid} AS ${C.rowidA}, NULL AS ${C.rowidB}
     FROM ${shape.a} AS s WHERE ${where}`,
    `SELECT ${columns}, 0, 0, 1, NULL, ${rowid} FROM ${shape.b} AS s WHERE ${where}`,
  ];
  if (work.baseBag !== null) {
    sources.push(`SELECT ${columns}, s.${C.count}, 0, 0, NULL, NULL FROM ${work.baseBag} AS s`);
  }
  return sources;
}

/** Takes away surplus rows of each content, those with the highest rowids first. */
export function removeRows(db: Database.Database, shape: Shape, { side, to }: SideNames): void {
  const { own, target, planBag } = shape.sides[side];
  if (own.rowidName === null) {
    removeWithoutRowid(db, shape, { side, to });
    return;
  }
  const rowid = quoteName(own.rowidName);
  db.exec(
    `DELETE FROM ${target} WHERE ${rowid} IN (
       SELECT row FROM (
         SELECT x.${rowid} AS row, -p.${to} AS surplus,
           row_number() OVER (PARTITION BY p.${C.n} ORDER BY x.${rowid} DESC) AS nth
         FROM ${target} AS x CROSS JOIN ${planBag} AS p ON ${contentMatches(own, "x", "p")}
         WHERE p.${to} < 0)
       WHERE nth <= surplus)`,
  );
}

/** A keyless table whose columns take all three names of the rowid: one statement per content. */
function removeWithoutRowid(
  db: Database.Database,
  shape: Shape,
  { side, to }: Pick<SideNames, "side" | "to">,
): void {
  const { own, target, planBag } = shape.sides[side];
  const surplus = db
    .prepare(`SELECT ${C.n} AS n, -${to} AS surplus FROM ${planBag} WHERE ${to} < 0`)
    .all() as {
    n: number;
    surplus: number;
  }[];
  const remove = db.prepare(
    `DELETE FROM ${target} AS x WHERE EXISTS (
       SELECT 1 FROM ${planBag} AS p WHERE p.${C.n} = ? AND ${contentMatches(own, "x", "p")}) LIMIT ?`,
  );
  for (const { n, surplus: rows } of surplus) remove.run(n, rows);
}

/** Single rows go to the rowid they have on the other side where it is free; the rest wherever SQLite puts them. */
export function addRows(db: Database.Database, shape: Shape, { side, to, rowid }: SideNames): void {
  const { own, target, planBag } = shape.sides[side];
  const columns = columnList(own);
  const insert = `INSERT ${own.conflictClause ? "OR ABORT " : ""}INTO ${target}`;
  const ownRowid = own.rowidName === null ? null : quoteName(own.rowidName);
  const isFree = `p.${to} = 1 AND p.${rowid} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM ${target} AS x WHERE x.${ownRowid ?? ""} = p.${rowid})`;
  if (ownRowid !== null) {
    db.exec(
      `CREATE TEMP TABLE "sync:placed" AS SELECT p.${C.n} AS n FROM ${planBag} AS p WHERE ${isFree}`,
    );
    db.exec(`${insert} (${ownRowid}, ${columns}) SELECT p.${rowid}, ${columnList(own, "p")}
      FROM temp."sync:placed" AS f CROSS JOIN ${planBag} AS p ON p.${C.n} = f.n`);
  }
  const placed = ownRowid === null ? "" : ` AND p.${C.n} NOT IN (SELECT n FROM temp."sync:placed")`;
  db.exec(
    `WITH RECURSIVE times (i) AS (
       SELECT 1 UNION ALL SELECT i + 1 FROM times WHERE i < (SELECT max(${to}) FROM ${planBag}))
     ${insert} (${columns}) SELECT ${columnList(own, "p")}
     FROM ${planBag} AS p CROSS JOIN times ON times.i <= p.${to} WHERE p.${to} > 0${placed}`,
  );
  if (ownRowid !== null) db.exec(`DROP TABLE temp."sync:placed"`);
}

/** The plan's contents whose count on a side is not the expected one: `n` of each. */
export function unexpectedCounts(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  expected: string,
): number[] {
  const { table, work } = shape;
  // Counting goes over the whole table, which is often keyed and has no such row.
  const any = `SELECT 1 FROM ${work.planBag} WHERE ${side.to} <> 0 LIMIT 1`;
  if (db.prepare(any).get() === undefined) return [];
  return db
    .prepare(
      `SELECT p.${C.n} FROM ${work.planBag} AS p
     LEFT JOIN (
       SELECT q.${C.n} AS n, count(*) AS rows
       FROM ${shape[side.side]} AS x CROSS JOIN ${work.planBag} AS q ON ${contentMatches(table, "x", "q")}
       GROUP BY q.${C.n}) AS found ON found.n = p.${C.n}
     WHERE p.${side.to} <> 0 AND ifnull(found.rows, 0) <> ${expected}`,
    )
    .pluck()
    .all() as number[];
}

/** Carries the planned counts into the base. */
export function rememberBag(db: Database.Database, shape: Shape, base: string): void {
  const { table, work } = shape;
  db.exec(`DELETE FROM ${base} WHERE ${C.n} IN (
    SELECT o.${C.n} FROM ${base} AS o CROSS JOIN ${work.planBag} AS p ON ${contentMatches(table, "o", "p")}
    WHERE p.${C.outcome} NOT IN ('park', 'held'))`);
  db.exec(`INSERT INTO ${base} (${columnList(table)}, ${C.count}) SELECT ${columnList(table)}, ${C.count}
    FROM ${work.planBag} WHERE ${C.outcome} NOT IN ('park', 'held') AND ${C.count} > 0`);
}
