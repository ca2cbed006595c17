import { renderCase, renderEdits } from "@sync/testkit";
import type { Edit } from "@sync/testkit";
import type { Scenario, Side, Step } from "../scenario.ts";
import type { Lead, RoundSpec, ScenarioSpec, SynchronousMode } from "./spec.ts";

/** A scenario, and words for what it exercises. */
export interface Rendered {
  readonly scenario: Scenario;
  readonly features: readonly string[];
}

/** Writes a specification out as SQL. The same specification always gives the same scenario. */
export function renderScenario({ pair, rounds, synchronous }: ScenarioSpec): Rendered {
  const { schema, rows, features, ...setup } = renderCase(pair);
  const setupA = [...setup.setupA, ...synchronousSetup(synchronous?.a)];
  const setupB = [...setup.setupB, ...synchronousSetup(synchronous?.b)];
  const parts = rounds.map((round) => ({ round, ...renderEdits(pair, round.edits) }));
  const steps = parts.flatMap(({ round, editsA, editsB }): Step[] => [
    ...leadSteps(round.lead),
    ...editSteps("a", editsA),
    ...editSteps("b", editsB),
    round.run,
    ...(round.again ? [round.run] : []),
  ]);
  const kinds = parts.flatMap(({ editsA, editsB }) =>
    [...editsA, ...editsB].map(({ kind }) => `edit:${kind}`),
  );
  const runs = rounds.flatMap(runFeatures);
  return {
    scenario: { schema, rows, setupA, setupB, steps },
    features: [...new Set([...features, ...kinds, ...runs, ...synchronousFeatures(synchronous)])],
  };
}

function synchronousSetup(mode: SynchronousMode | undefined): string[] {
  return mode === undefined ? [] : [`PRAGMA synchronous = ${mode}`];
}

function synchronousFeatures(synchronous: ScenarioSpec["synchronous"]): string[] {
  return synchronous === undefined ? [] : [`synchronous:${synchronous.a}/${synchronous.b}`];
}

function editSteps(side: Side, edits: readonly Edit[]): Step[] {
  return edits.map(({ sql }) => ({ do: "edit", side, sql }));
}

function leadSteps(lead: Lead): Step[] {
  switch (lead) {
    case "nothing":
      return [];
    case "lose-state":
      return [{ do: "lose-state" }];
    case "hold-a":
      return [{ do: "hold", side: "a" }];
    case "hold-b":
      return [{ do: "hold", side: "b" }];
    case "release":
      return [{ do: "release" }];
    case "put-back-a":
      return [{ do: "put-back", side: "a" }];
    case "put-back-b":
      return [{ do: "put-back", side: "b" }];
    case "vacuum-a":
      return [{ do: "maintain", side: "a", sql: "VACUUM" }];
    case "vacuum-b":
      return [{ do: "maintain", side: "b", sql: "VACUUM" }];
    case "switch-journal-a":
      return [{ do: "maintain", side: "a", sql: "PRAGMA journal_mode = truncate" }];
    case "switch-journal-b":
      return [{ do: "maintain", side: "b", sql: "PRAGMA journal_mode = wal" }];
  }
}

function runFeatures({ lead, run }: RoundSpec): string[] {
  return [
    `policy:${run.policy}`,
    ...(lead === "nothing" ? [] : [`lead:${lead}`]),
    ...(run.dryRun === true ? ["run:dry"] : []),
    ...(run.swapped === true ? ["run:swapped"] : []),
    ...(run.through === "cli" ? ["run:command"] : []),
    ...(run.scan === undefined ? [] : ["run:by-pages"]),
    ...(run.tables === undefined ? [] : ["run:some-tables"]),
    ...(run.maxDelete === undefined ? [] : ["run:guarded"]),
    ...(run.lineage === "accept" ? [] : [`run:lineage-${run.lineage ?? "asks"}`]),
  ];
}
