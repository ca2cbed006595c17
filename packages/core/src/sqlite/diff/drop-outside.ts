import type Database from "better-sqlite3";
import { anyOf, contentMatches, keyMatches } from "../expressions.ts";
import { standsOutside, wouldBeOutside } from "../projection/outside.ts";
import { NOTED, hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";

const SIDES = [
  { side: "a", other: "b", here: "('-', '~')", more: `d.${NOTED.countA} > d.${NOTED.countB}` },
  { side: "b", other: "a", here: "('+', '~')", more: `d.${NOTED.countB} > d.${NOTED.countA}` },
] as const;

/**
 * Takes out of the notes what no sync would touch: a row outside the filter of either side is outside on
 * both.
 *
 * @returns true if the table has a filter: then what was counted before is not what is noted now
 */
export function dropOutside(db: Database.Database, compared: Compared): boolean {
  const { table, both, keys, bag } = compared;
  if (both.a.where === null && both.b.where === null) return false;
  if (hasKey(compared)) {
    const outside = SIDES.flatMap(({ side, other, here }) => [
      standsOutside(table, both[side], "d"),
      `(d.${NOTED.how} IN ${here} AND EXISTS (SELECT 1 FROM ${compared[side]} AS x
        WHERE ${keyMatches(table, "x", "d")} AND ${wouldBeOutside(table, both[other], "x")}))`,
    ]);
    db.exec(`DELETE FROM ${keys} AS d WHERE ${anyOf(outside)}`);
  }
  if (hasBag(compared)) {
    const outside = SIDES.flatMap(({ side, other, more }) => [
      `(${counted(compared, both[side].all)} <> ${counted(compared, both[side].rows)})`,
      `(${more} AND ${wouldBeOutside(table, both[other], "d", "content")})`,
    ]);
    db.exec(`DELETE FROM ${bag} AS d WHERE ${anyOf(outside)}`);
  }
  return true;
}

function counted({ table }: Compared, source: string): string {
  return `(SELECT count(*) FROM ${source} AS x WHERE ${contentMatches(table, "x", "d")})`;
}
