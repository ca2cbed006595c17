import type { Violation } from "../sqlite/collisions.ts";
import { hasOutcome, isKeyed } from "../sqlite/plan-tables.ts";
import { composeRows } from "../state/compose-rows.ts";
import { guardDeletes } from "./check.ts";
import { planMoves } from "./moves.ts";
import type { RunRequest } from "./request.ts";
import { settleViolations } from "./violations.ts";
import type { Questions } from "./violations.ts";
import type { Workspace } from "./workspace.ts";

/** From decisions to the rows to be written: values, unique moves, constraints, the guard. No lock. */
export async function composePlan(
  space: Workspace,
  request: RunRequest,
  questions: Questions,
): Promise<void> {
  const { db, shapes } = space;
  db.transaction(() => {
    for (const shape of shapes.filter(isKeyed)) {
      if (hasOutcome(db, shape, "'merge', 'resolve'")) composeRows(db, shape);
    }
    planMoves(space);
  })();
  await settleViolations(space, questions);
  db.transaction(() => guardDeletes(space, request))();
}

/** A side refused rows of the plan when they were written: the policy is asked about them, and the plan made sound. */
export async function recomposePlan(
  space: Workspace,
  request: RunRequest,
  { questions, refused }: { questions: Questions; refused: readonly Violation[] },
): Promise<void> {
  await settleViolations(space, questions, refused);
  space.db.transaction(() => guardDeletes(space, request))();
}
