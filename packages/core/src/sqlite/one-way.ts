import type Database from "better-sqlite3";
import type { Side } from "@sync/model";
import { anyOf, keyMatches, qualified, valuesDiffer } from "./expressions.ts";
import { CONTROL as C, SIDES } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** A run in which one side is only read: its changes go to the other side, and none come back. */
export interface OneWay {
  readonly source: Side;
  readonly target: Side;
  /** The target becomes the source, exactly; else what the target changed itself is kept. */
  readonly mirror: boolean;
}

/** The names of both ends, to write a statement for either direction. */
export function endsOf({
  source,
  target,
}: OneWay): Readonly<Record<"source" | "target", SideNames>> {
  const namesOf = (side: Side): SideNames => {
    const names = SIDES.find((one) => one.side === side);
    if (names === undefined) throw new Error(`no side ${side}`);
    return names;
  };
  return { source: namesOf(source), target: namesOf(target) };
}

/**
 * Takes out of a plan made for both directions what only the target changed: it is held, stays as it
 * is, and the base with it. Rows of which the target has all that the source changed, and edits of its
 * own, are held, too; what is left open are rows that the source changed in vain.
 */
export function holdTarget(db: Database.Database, shape: Shape, oneWay: OneWay): void {
  const { work } = shape;
  const { source } = endsOf(oneWay);
  db.exec(`UPDATE ${work.plan} SET ${HELD} WHERE ${C.outcome} = 'copy' AND ${source.to} <> 0`);
  if (work.base === null) return;
  db.exec(`UPDATE ${work.plan} AS p SET ${HELD}
    FROM ${shape[oneWay.source]} AS x CROSS JOIN ${shape[oneWay.target]} AS y CROSS JOIN ${work.base} AS o
    WHERE p.${C.outcome} = 'open' AND p.${C.stale} IS NULL AND p.${C.didA} = '~' AND p.${C.didB} = '~'
      AND ${["x", "y", "o"].map((alias) => keyMatches(shape.table, alias, "p")).join(" AND ")}
      AND NOT ${changedInVain(shape)}`);
}

const HELD = `${C.outcome} = 'held', ${C.toA} = 0, ${C.toB} = 0, ${C.rowidA} = NULL, ${C.rowidB} = NULL`;

/** Some column that source `x` changed since base `o` is another in target `y`. Times of change do not count. */
function changedInVain({ table, rules }: Shape): string {
  const columns = table.columns.filter(({ name }) => name !== rules.timestamp);
  return anyOf(
    columns.map((column) => {
      const [x, y, o] = ["x", "y", "o"].map((alias) => qualified(column.name, alias)) as [
        string,
        string,
        string,
      ];
      return `(${valuesDiffer(column, x, o)} AND ${valuesDiffer(column, x, y)})`;
    }),
  );
}

/**
 * The same for a bag: the target gets as many rows of each content as the source has, unless it changed
 * their number itself. Without a base, what it has more of is its own. A mirror takes the source's
 * number in any case.
 */
export function directBag(db: Database.Database, shape: Shape, oneWay: OneWay): void {
  const { planBag, baseBag } = shape.work;
  const { source, target } = endsOf(oneWay);
  const isOwn =
    baseBag === null ? `${target.count} > ${source.count}` : `${target.count} <> ${C.countBase}`;
  const differs = `${source.count} <> ${target.count} AND ${C.outcome} <> 'filtered'`;
  if (!oneWay.mirror) {
    db.exec(`UPDATE ${planBag} SET ${HELD} WHERE ${differs} AND ${isOwn}`);
    const goes = `${differs} AND NOT (${isOwn})`;
    db.exec(
      `UPDATE ${planBag} SET ${C.outcome} = 'copy', ${asInSource(source, target)} WHERE ${goes}`,
    );
    return;
  }
  const isLoss = `${isOwn} AND ${target.count} > ${source.count}`;
  db.exec(`UPDATE ${planBag} SET ${C.outcome} = CASE WHEN ${isLoss} THEN 'resolve' ELSE 'copy' END,
    ${asInSource(source, target)} WHERE ${differs}`);
}

function asInSource(source: SideNames, target: SideNames): string {
  return `${C.count} = ${source.count}, ${source.to} = 0, ${target.to} = ${source.count} - ${target.count}`;
}
