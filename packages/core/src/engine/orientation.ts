import { otherSide } from "@sync/model";
import type {
  BrokenConstraint,
  Conflict,
  ConflictOutcome,
  Decision,
  Side,
  SyncReport,
} from "@sync/model";
import type { Ask } from "./ask.ts";

/**
 * State is kept by location: inside, side `a` is always the one whose path sorts first, so that the
 * pair `B A` is the pair `A B` (DESIGN §8). Here the two views are turned into each other.
 */
export function swapAsk(ask: Ask): Ask {
  return async (conflicts) => (await ask(conflicts.map(swapConflict))).map(swapDecision);
}

export function swapConflict(conflict: Conflict): Conflict {
  const { constraint } = conflict;
  return { ...swapRows(conflict), constraint: constraint && swapConstraint(constraint) };
}

function swapConstraint({ text, side, rival }: BrokenConstraint): BrokenConstraint {
  return { text, side: otherSide(side), rival: rival && swapRows(rival) };
}

/** Rows as the other view of the pair sees them. */
export function swapRows<R extends Pick<Conflict, Side>>(rows: R): R {
  return { ...rows, a: rows.b, b: rows.a };
}

function swapDecision(decision: Decision | undefined): Decision | undefined {
  return decision?.type === "take" || decision?.type === "rekey"
    ? { ...decision, side: otherSide(decision.side) }
    : decision;
}

export function swapReport(report: SyncReport): SyncReport {
  return {
    ...report,
    tables: report.tables.map((table) => ({ ...table, toA: table.toB, toB: table.toA })),
    renumbered: report.renumbered.map((one) => ({ ...one, side: otherSide(one.side) })),
  };
}

export function swapOutcome(outcome: ConflictOutcome): ConflictOutcome {
  if (outcome.winner === null) return outcome;
  return { ...outcome, winner: otherSide(outcome.winner) };
}
