import { otherSide, sameRow } from "@sync/model";
import type { Answer, Conflict, Decision, Rival } from "@sync/model";

/** The same conflict seen from the other side. */
export function swapped(conflict: Conflict): Conflict {
  const { a, b, constraint } = conflict;
  if (constraint === null) return { ...conflict, a: b, b: a };
  const { side, rival } = constraint;
  return {
    ...conflict,
    a: b,
    b: a,
    constraint: { ...constraint, side: otherSide(side), rival: rival && swappedRival(rival) },
  };
}

/** What the same answer is called from the other side. */
export function mirrored(answer: Answer): Answer {
  if (answer?.type !== "take" && answer?.type !== "rekey") return answer;
  return { ...answer, side: otherSide(answer.side) };
}

/** Two answers that lead to the same rows; their reasons may name sides. */
export function sameAnswer(x: Answer, y: Answer): boolean {
  const [left, right] = [x ?? PARK, y ?? PARK];
  if (left.type === "write" && right.type === "write") return sameRow(left.row, right.row);
  return left.type === right.type && sideOf(left) === sideOf(right);
}

const PARK: Decision = { type: "park" };

function sideOf(decision: Decision): string | null {
  return "side" in decision ? decision.side : null;
}

function swappedRival(rival: Rival): Rival {
  return { ...rival, a: rival.b, b: rival.a };
}
