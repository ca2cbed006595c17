import type { Conflict, ConflictOutcome, Decision, SyncReport } from "@sync/model";
import type { Ask } from "./decide.ts";

/**
 * State is kept by location: inside, side `a` is always the one whose path sorts first, so that the
 * pair `B A` is the pair `A B` (DESIGN §8). Here the two views are turned into each other.
 */
export function swapAsk(ask: Ask): Ask {
  return async (conflicts) => (await ask(conflicts.map(swapConflict))).map(swapDecision);
}

export function swapConflict(conflict: Conflict): Conflict {
  return { ...conflict, a: conflict.b, b: conflict.a };
}

function swapDecision(decision: Decision | undefined): Decision | undefined {
  return decision?.type === "take"
    ? { ...decision, side: decision.side === "a" ? "b" : "a" }
    : decision;
}

export function swapReport(report: SyncReport): SyncReport {
  return {
    ...report,
    tables: report.tables.map((table) => ({ ...table, toA: table.toB, toB: table.toA })),
  };
}

export function swapOutcome(outcome: ConflictOutcome): ConflictOutcome {
  if (outcome.winner === null) return outcome;
  return { ...outcome, winner: outcome.winner === "a" ? "b" : "a" };
}
