import type Database from "better-sqlite3";
import type { Violation } from "./collisions.ts";
import { isBag } from "./plan-tables.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/**
 * Rows without a key that would be taken away though their side has columns of its own: of rows that look
 * alike to the pair, it cannot be told which one is meant. They wait.
 */
export function findAmbiguousContents(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
): Violation[] {
  const { leftOut } = shape.sides[side.side];
  if (leftOut.length === 0 || !isBag(shape)) return [];
  const rows = db
    .prepare(`SELECT ${C.n} FROM ${shape.work.planBag} WHERE ${side.to} < 0`)
    .pluck()
    .all() as number[];
  if (rows.length === 0) return [];
  const names = leftOut.map(({ name }) => `\`${name}\``).join(", ");
  const reason = `the row has no key, and which one of its like to take away cannot be told: they may differ in ${names}`;
  return [
    {
      kind: "update/delete",
      shape,
      side,
      rows,
      bag: true,
      rival: null,
      constraint: "",
      reason,
      hopeless: true,
    },
  ];
}
