import type { Conflict, Decision, Policy, Side } from "@sync/model";
import { constraintReason } from "./constraint.ts";

/** Side `a` wins every conflict between two versions of a row, its deletions included. */
export const preferA: Policy = {
  name: "prefer-a",
  decide: (conflict) => preferSide("a", conflict),
};

/** Side `b` wins every conflict between two versions of a row, its deletions included. */
export const preferB: Policy = {
  name: "prefer-b",
  decide: (conflict) => preferSide("b", conflict),
};

function preferSide(side: Side, conflict: Conflict): Decision {
  const constraint = constraintReason(conflict.kind);
  if (constraint !== null) return { type: "park", reason: constraint };
  return { type: "take", side, reason: `The policy prefers side ${side}.` };
}
