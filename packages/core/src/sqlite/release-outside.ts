import type Database from "better-sqlite3";
import { anyOf, contentMatches, keyMatches } from "./expressions.ts";
import { isBag, isKeyed } from "./plan-tables.ts";
import type { Violation } from "./collisions.ts";
import { standsOutside, usesOwnColumns, wouldBeOutside } from "./projection/outside.ts";
import { CONTROL as C, SIDES, WRITES_ROW } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** Some side of the table has a filter. */
export function isFiltered({ sides }: Pick<Shape, "sides">): boolean {
  return sides.a.where !== null || sides.b.where !== null;
}

/**
 * A row that is outside the filter of either side is outside on both: it is taken out of the plan and stays as
 * it is on either side, whatever happened to it. Nothing is a deletion because a row left a filter.
 */
export function releaseRows(db: Database.Database, shape: Shape): void {
  if (!isFiltered(shape) || !isKeyed(shape)) return;
  const { table, work, sides } = shape;
  const outside = SIDES.flatMap(({ side, did }) => {
    const to = sides[side === "a" ? "b" : "a"];
    // What did not change was inside when it was agreed on, unless the filter is another one since. By columns
    // of the other side's own it may look outside though it is not: they have changed with the row there.
    const looked = usesOwnColumns(to) ? "('+', '~')" : "('+', '~', '=')";
    const version = `(p.${did} IN ${looked} AND EXISTS (SELECT 1 FROM ${shape[side]} AS x
      WHERE ${keyMatches(table, "x", "p")} AND ${wouldBeOutside(table, to, "x")}))`;
    return [standsOutside(table, sides[side], "p"), ...(to.where === null ? [] : [version])];
  });
  db.exec(`UPDATE ${work.plan} AS p SET ${RELEASED} WHERE ${anyOf(outside)}`);
}

/** The same for rows without a key, by their content. */
export function releaseContents(db: Database.Database, shape: Shape): void {
  if (!isFiltered(shape) || !isBag(shape)) return;
  const { table, work, sides } = shape;
  for (const { side, to, count } of SIDES) {
    const { where, all } = sides[side];
    if (where === null) continue;
    const elsewhere = `(SELECT count(*) FROM ${all} AS x WHERE ${contentMatches(table, "x", "p")}) <> p.${count}`;
    const comes = `(p.${to} > 0 AND ${wouldBeOutside(table, sides[side], "p", "content")})`;
    db.exec(
      `UPDATE ${work.planBag} AS p SET ${RELEASED}, ${C.count} = 0 WHERE ${elsewhere} OR ${comes}`,
    );
  }
}

const RELEASED = `${C.outcome} = 'filtered', ${C.toA} = 0, ${C.toB} = 0, ${C.rowidA} = NULL, ${C.rowidB} = NULL`;

/** Rows of neither side alone, merged or decided, that the filter of the side they go to would not let in. */
export function findFiltered(db: Database.Database, shape: Shape, side: SideNames): Violation[] {
  const { where } = shape.sides[side.side];
  if (where === null || !isKeyed(shape)) return [];
  const { table, work, sides } = shape;
  const rows = db
    .prepare(
      `SELECT p.${C.n} FROM ${work.plan} AS p WHERE p.${side.to} IN ${WRITES_ROW}
         AND (p.${C.outcome} IN ('merge', 'resolve', 'rekey') OR p.${C.rekey} IS NOT NULL)
         AND ${wouldBeOutside(table, sides[side.side], "p")}`,
    )
    .pluck()
    .all() as number[];
  if (rows.length === 0) return [];
  const constraint = `the filter of \`${table.name}\`, \`${where}\``;
  return [{ kind: "check", shape, side, rows, bag: false, rival: null, constraint }];
}
