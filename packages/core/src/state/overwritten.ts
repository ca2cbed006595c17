import type Database from "better-sqlite3";
import { anyOf, isAbsent, qualified, rowsDiffer, valuesDiffer } from "../sqlite/expressions.ts";
import { CHOSEN, plannedChosen } from "../sqlite/chosen.ts";
import type { Column } from "../sqlite/schema/types.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type { RunRecord } from "./runs.ts";

/** Aliases of the images that tell what a side lost: its own, the other side's, the base's, the result. */
export interface Images {
  readonly own: string;
  readonly other: string;
  readonly base: string;
  readonly result: string;
}

/**
 * True where a column of a side's row is overwritten by something else than the other side's ordinary
 * edit: both changed it, or somebody decided about it. SQL; all four images are LEFT JOINed.
 */
export function columnOverwritten(
  { table }: Shape,
  column: Column,
  { own, other, base, result }: Images,
): string {
  const [s, t, o, r] = [own, other, base, result].map((alias) => qualified(column.name, alias)) as [
    string,
    string,
    string,
    string,
  ];
  const hasBoth = `NOT ${isAbsent(table, base)} AND NOT ${isAbsent(table, other)}`;
  return `(${valuesDiffer(column, s, r)} AND NOT (${hasBoth} AND NOT ${valuesDiffer(column, s, o)} AND NOT ${valuesDiffer(column, r, t)}))`;
}

/**
 * Notes in the ledger what the decisions of a limited run overwrite: what a person decides, or gives
 * back, can be taken back as well. Compares the plan with the images, in SQL.
 */
export function noteOverwritten(db: Database.Database, shape: Shape, run: RunRecord): void {
  const { work } = shape;
  for (const { side } of SIDES) {
    const other = side === "a" ? "b" : "a";
    const image = (alias: string, letter: string): string =>
      `LEFT JOIN ${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
    db.prepare(
      `INSERT INTO ${run.schema}.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
       SELECT run, tbl, id, '${side}', winner, policy, reason, 'pending', ? FROM ${run.schema}.sync_conflict WHERE id IN (
         SELECT p.${C.conflict} ${plannedChosen(shape)} ${image("s", side)} ${image("t", other)} ${image("o", "0")}
         WHERE c.${CHOSEN.status} = 'decided' AND p.${C.outcome} = 'resolve' AND ${isOverwritten(shape)})`,
    ).run(run.startedMs);
  }
}

/** What side `s` holds does not stand in plan `p`, and not because the other side's own edit comes over. */
function isOverwritten(shape: Shape): string {
  const { table } = shape;
  const [s, t, o] = [isAbsent(table, "s"), isAbsent(table, "t"), isAbsent(table, "o")];
  const images = { own: "s", other: "t", base: "o", result: "p" };
  const columns = table.columns.map((column) => columnOverwritten(shape, column, images));
  return `CASE WHEN p.${C.gone} THEN NOT ${s} AND NOT (NOT ${o} AND ${t} AND NOT ${rowsDiffer(table, "s", "o")})
    WHEN ${s} THEN FALSE ELSE ${anyOf(columns)} END`;
}
