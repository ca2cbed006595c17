import type { Violation } from "../sqlite/collisions.ts";
import { hasOutcome, isKeyed } from "../sqlite/plan-tables.ts";
import { composeRows } from "../state/compose-rows.ts";
import { leaveUnchosen } from "./chosen.ts";
import { guardDeletes } from "./check.ts";
import { guardMirror } from "./guard-mirror.ts";
import { planMoves } from "./moves.ts";
import { beginRekeys, finishRekeys } from "./rekey.ts";
import type { RefusedRekeys } from "./rekey.ts";
import type { RunRequest } from "./request.ts";
import { settleViolations } from "./violations.ts";
import type { Questions } from "./violations.ts";
import type { Workspace } from "./workspace.ts";

/**
 * From decisions to the rows to be written: fresh keys, values, unique moves, constraints, the guard. No lock.
 *
 * @returns decisions that turned out not to be possible; where there are any, the plan is void
 */
export async function composePlan(
  space: Workspace,
  request: RunRequest,
  questions: Questions,
): Promise<RefusedRekeys> {
  const { db, shapes } = space;
  db.transaction(() => {
    const isMoving = beginRekeys(space);
    for (const shape of shapes.filter(isKeyed)) {
      if (hasOutcome(db, shape, "'merge', 'resolve'")) composeRows(db, shape);
    }
    if (isMoving) finishRekeys(space);
    leaveUnchosen(space);
    planMoves(space);
  })();
  return settle(space, request, { questions, refused: [] });
}

/** What broken constraints are to be settled by, and what a side refused when the plan was written, if it was. */
export interface ToSettle {
  readonly questions: Questions;
  readonly refused: readonly Violation[];
}

/** Makes the plan sound: every broken constraint is decided about or parked; then the guard. */
export async function settle(
  space: Workspace,
  request: RunRequest,
  { questions, refused }: ToSettle,
): Promise<RefusedRekeys> {
  const impossible = await settleViolations(space, questions, refused);
  if (impossible.size === 0)
    space.db.transaction(() => {
      guardDeletes(space, request);
      guardMirror(space, request);
    })();
  return impossible;
}
