import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { RoundSpec, ScenarioSpec } from "./spec.ts";
import { scenarioSpecs } from "./spec.ts";

/** Short histories whose last run has something to write, in every journal mode. */
export function interruptibleSpecs(): Arbitrary<ScenarioSpec> {
  return fc
    .tuple(scenarioSpecs({ maxRows: 10 }), journalModes, journalModes, synchronousModes)
    .map(([{ pair, rounds }, journalA, journalB, synchronous]) => ({
      pair: { ...pair, file: { ...pair.file, journalA, journalB } },
      rounds: rounds.slice(-2).map(plainRound),
      synchronous,
    }));
}

const synchronousMode = fc.constantFrom("NORMAL" as const, "FULL" as const);
const synchronousModes = fc.record({ a: synchronousMode, b: synchronousMode });

const journalModes = fc.constantFrom("wal", "delete", "truncate", "persist");

/** Nothing but edits and whole runs. */
function plainRound({ edits, run }: RoundSpec): RoundSpec {
  const { policy, scan } = run;
  return {
    lead: "nothing",
    edits,
    run: { do: "sync", policy, lineage: "accept", ...(scan === undefined ? {} : { scan }) },
    again: false,
  };
}
