import type Database from "better-sqlite3";
import {
  anyOf,
  columnList,
  concatenated,
  isAbsent,
  keyMatches,
  qualified,
  rowsDiffer,
  valuesDiffer,
} from "../sqlite/expressions.ts";
import { CHOSEN, chosenTable, plannedChosen } from "../sqlite/chosen.ts";
import type { Column } from "../sqlite/schema/types.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { columnOverwritten } from "./overwritten.ts";
import type { RunRecord } from "./runs.ts";

/** The images of the entry behind chosen row `c`: what lost, the other side's, the base, what came out. */
const IMAGES = { own: "s", other: "t", base: "o", result: "r" } as const;

/**
 * Sorts out the chosen entries of the ledger: `renumbered` where nothing lost, since both rows were kept;
 * by what the sides hold now, `already` where they hold what lost; `moved` where they hold neither that nor what came out then, unless that does not matter.
 */
export function sortGiveBack(db: Database.Database, shape: Shape, force: boolean): void {
  const { table } = shape;
  const chosen = chosenTable(shape);
  // Put aside first: the planner would else look for them anew for every row.
  db.exec(`WITH found AS MATERIALIZED (
      SELECT c.${CHOSEN.pick} AS pick, CASE WHEN k.result = 'renumbered' THEN 'renumbered' WHEN ${holdsLost(shape)} THEN 'already'
        ${force ? "" : `WHEN NOT ${holdsResult(shape)} THEN 'moved'`} END AS status
      FROM ${chosen} AS c CROSS JOIN state.sync_conflict AS k ON k.id = c.${CHOSEN.owner} ${imagesOf(shape)}
      LEFT JOIN ${shape.a} AS x ON ${keyMatches(table, "x", "c")}
      LEFT JOIN ${shape.b} AS y ON ${keyMatches(table, "y", "c")})
    UPDATE ${chosen} SET ${CHOSEN.status} = found.status FROM found WHERE ${CHOSEN.pick} = found.pick`);
}

function imagesOf({ table }: Shape): string {
  const kept = workTable("state", "kept", table.name);
  const image = (alias: string, letter: string): string =>
    `LEFT JOIN ${kept} AS ${alias} ON ${alias}.${C.owner} = c.${CHOSEN.owner} AND ${alias}.${C.image} = ${letter}`;
  return [
    image(IMAGES.own, `c.${CHOSEN.image}`),
    image(IMAGES.other, `CASE c.${CHOSEN.image} WHEN 'a' THEN 'b' ELSE 'a' END`),
    image(IMAGES.base, "'0'"),
    image(IMAGES.result, "'r'"),
  ].join(" ");
}

function holdsLost(shape: Shape): string {
  const { table } = shape;
  const [x, y, s] = [isAbsent(table, "x"), isAbsent(table, "y"), isAbsent(table, "s")];
  const columns = table.columns.map((column) => {
    const held = (alias: string): string =>
      valuesDiffer(column, qualified(column.name, alias), qualified(column.name, "s"));
    return `(${isGivenBack(shape, column)} AND (${held("x")} OR ${held("y")}))`;
  });
  return `CASE WHEN ${s} THEN ${x} AND ${y} ELSE NOT ${x} AND NOT ${y} AND NOT ${anyOf(columns)} END`;
}

function holdsResult({ table }: Shape): string {
  const held = (alias: string): string =>
    `(NOT ${isAbsent(table, alias)} AND NOT ${rowsDiffer(table, alias, "r")})`;
  return `CASE k.result WHEN 'row' THEN ${held("x")} AND ${held("y")}
    WHEN 'gone' THEN ${isAbsent(table, "x")} AND ${isAbsent(table, "y")} ELSE FALSE END`;
}

/** A column of what lost is given back; what merged into the result beside it stays. Of a row that went, all of it. */
function isGivenBack(shape: Shape, column: Column): string {
  return `(${isAbsent(shape.table, "r")} OR ${columnOverwritten(shape, column, IMAGES)})`;
}

/** Plans what lost as the result of each chosen row. The values go from image to image, never through JavaScript. */
export function planGiveBack(db: Database.Database, shape: Shape, run: RunRecord): void {
  const { table, work } = shape;
  const lostImage = `CROSS JOIN ${workTable("state", "kept", table.name)} AS s
    ON s.${C.owner} = c.${CHOSEN.owner} AND s.${C.image} = c.${CHOSEN.image}`;
  db.exec(`INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
    SELECT p.${C.conflict}, 'w', ${columnList(table, "s")} ${plannedChosen(shape)} ${lostImage}`);
  db.exec(`WITH found AS MATERIALIZED (
      SELECT p.${C.n} AS n, ${isAbsent(table, "s")} AS gone, ${lettersOf(shape)} AS sources
      ${plannedChosen(shape)} ${imagesOf(shape)})
    UPDATE ${work.plan} SET ${C.outcome} = 'resolve', ${C.gone} = found.gone, ${C.sources} = found.sources
    FROM found WHERE ${C.n} = found.n`);
  db.prepare(
    `WITH found AS MATERIALIZED (
       SELECT p.${C.conflict} AS id, 'gives back entry ' || c.${CHOSEN.pick} AS reason ${plannedChosen(shape)})
     UPDATE ${run.schema}.sync_conflict SET policy = ?, policy_version = ?, reason = found.reason
     FROM found WHERE sync_conflict.id = found.id`,
  ).run(run.policy, run.policyVersion);
  db.exec(
    `UPDATE ${chosenTable(shape)} SET ${CHOSEN.status} = 'decided' WHERE ${CHOSEN.status} IS NULL`,
  );
}

/** Where a side has no row now, all of the lost one comes back; else what was overwritten in it. */
function lettersOf(shape: Shape): string {
  const { table } = shape;
  const whole = `'${"w".repeat(table.columns.length)}'`;
  const letters = table.columns.map(
    (column, index) => `CASE WHEN ${isGivenBack(shape, column)} THEN 'w'
      ELSE replace(substr(p.${C.sources}, ${index + 1}, 1), '?', c.${CHOSEN.image}) END`,
  );
  return `CASE WHEN p.${C.didA} IN ('0', '-') OR p.${C.didB} IN ('0', '-') THEN ${whole} ELSE ${concatenated(letters)} END`;
}
