import type Database from "better-sqlite3";
import { columnList, keyMatches } from "../sqlite/expressions.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/**
 * Keeps what base, a and b hold now for the planned rows that fulfil a condition on `p`.
 *
 * @param base - where the base stands; `null`: it is not kept
 */
export function keepImages(
  db: Database.Database,
  shape: Shape,
  condition: string,
  base: string | null = shape.work.base,
): void {
  const { table, work } = shape;
  db.exec(
    `DELETE FROM ${work.kept} WHERE ${C.owner} IN (SELECT p.${C.conflict} FROM ${work.plan} AS p WHERE ${condition})`,
  );
  const images = [["a", shape.a], ["b", shape.b], ...(base === null ? [] : [["0", base]])];
  for (const [image, source] of images) {
    db.prepare(
      `INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
       SELECT p.${C.conflict}, ?, ${columnList(table, "x")}
       FROM ${work.plan} AS p CROSS JOIN ${source} AS x ON ${keyMatches(table, "x", "p")} WHERE ${condition}`,
    ).run(image);
  }
}
