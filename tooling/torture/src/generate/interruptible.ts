import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { RoundSpec, ScenarioSpec } from "./spec.ts";
import { scenarioSpecs } from "./spec.ts";

/** Short histories whose last run has something to write, in every journal mode. */
export function interruptibleSpecs(): Arbitrary<ScenarioSpec> {
  return fc
    .tuple(scenarioSpecs({ maxRows: 10 }), journalModes, journalModes)
    .map(([{ pair, rounds }, journalA, journalB]) => ({
      pair: { ...pair, file: { ...pair.file, journalA, journalB } },
      rounds: rounds.slice(-2).map(plainRound),
    }));
}

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
