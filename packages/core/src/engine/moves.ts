import { planReplacements } from "../sqlite/collisions.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { SIDES } from "../sqlite/shape.ts";
import type { SideNames } from "../sqlite/shape.ts";
import type { Workspace } from "./workspace.ts";

/** After every change of planned values: what stays as it is, and what moves between rows. */
export function planMoves(space: Workspace): void {
  for (const side of SIDES.filter(({ side: name }) => !space.writable[name]))
    leaveAlone(space, side);
  planUniqueMoves(space);
}

/** A side that must stay as it is: nothing is planned for it. */
function leaveAlone({ db, shapes }: Workspace, { to }: SideNames): void {
  for (const shape of shapes) {
    if (isKeyed(shape)) db.exec(`UPDATE ${shape.work.plan} SET ${to} = 0`);
    if (isBag(shape)) db.exec(`UPDATE ${shape.work.planBag} SET ${to} = 0`);
  }
}

/** Which updates must be deletions and inserts, so that unique values can move between rows. */
function planUniqueMoves(space: Workspace): void {
  for (const shape of space.shapes.filter(isKeyed)) {
    for (const side of SIDES) planReplacements(space.db, shape, side);
  }
}
