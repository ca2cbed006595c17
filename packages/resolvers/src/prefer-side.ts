import type { Policy, Side } from "@sync/model";
import { take } from "./decisions.ts";

/**
 * Side `a` wins every conflict, its deletions included. Where its row breaks a constraint it insists:
 * the row stays, and the row in its way is a conflict of its own, in which side `a` wins as well.
 */
export const preferA: Policy = preferSide("a");

/** Side `b` wins every conflict, as `preferA` has it for the other side. */
export const preferB: Policy = preferSide("b");

function preferSide(side: Side): Policy {
  return {
    name: `prefer-${side}`,
    // Since 2 it decides about broken constraints, which 1 parked.
    version: "2",
    // A version that came around another way stands on the other side's name there: around a ring, two
    // versions of one row can follow each other for ever (docs/decisions, 019).
    needsTree: true,
    decide: () => take(side, `The policy prefers side ${side}.`),
  };
}
