import { BY_DIRECTION } from "@sync/model";
import type { ConflictOutcome } from "@sync/model";

/** The conflicts of a run as far as a person will read them, and how many there were of each sort. */
export interface Outcomes {
  /** Changed on both sides, and kept on the target of a direction; the first few. */
  readonly kept: readonly ConflictOutcome[];
  /** A value lost; the first few. */
  readonly lost: readonly ConflictOutcome[];
  /** Decided without a loss; the first few. */
  readonly resolved: readonly ConflictOutcome[];
  /** Left to a person; the first few. */
  readonly parked: readonly ConflictOutcome[];
  readonly keptCount: number;
  readonly lostCount: number;
  readonly resolvedCount: number;
  readonly parkedCount: number;
}

/** More than this on the screen is a listing that nobody reads; it also bounds the memory. */
const SHOWN = 20;

/** Listens to a run's conflicts; `outcomes` grows as they come. */
export function collectOutcomes(): {
  readonly outcomes: Outcomes;
  readonly onConflict: (outcome: ConflictOutcome) => void;
} {
  const kept: ConflictOutcome[] = [];
  const lost: ConflictOutcome[] = [];
  const resolved: ConflictOutcome[] = [];
  const parked: ConflictOutcome[] = [];
  const counts = { keptCount: 0, lostCount: 0, resolvedCount: 0, parkedCount: 0 };
  const outcomes = { kept, lost, resolved, parked, ...counts };
  const keep = (list: ConflictOutcome[], outcome: ConflictOutcome): number =>
    list.length < SHOWN ? list.push(outcome) : list.length;
  return {
    outcomes,
    onConflict: (outcome) => {
      switch (outcome.outcome) {
        case "skip":
          if (outcome.policy === BY_DIRECTION) {
            keep(kept, outcome);
            outcomes.keptCount += 1;
            return;
          }
          keep(lost, outcome);
          outcomes.lostCount += 1;
          return;
        case "resolved":
          keep(resolved, outcome);
          outcomes.resolvedCount += 1;
          return;
        case "parked":
          keep(parked, outcome);
          outcomes.parkedCount += 1;
      }
    },
  };
}
