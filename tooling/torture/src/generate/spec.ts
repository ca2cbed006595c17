import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { caseSpecs, sidedEdits } from "@sync/testkit";
import type { CaseLimits, CaseSpec, SidedEdit } from "@sync/testkit";
import { POLICY_NAMES } from "../policies.ts";
import type { PolicyName } from "../policies.ts";
import type { Side, SyncStep } from "../scenario.ts";

/** A scenario before it is SQL: every part of it shrinks by itself. */
export interface ScenarioSpec {
  readonly pair: CaseSpec;
  readonly rounds: readonly RoundSpec[];
  /** How the users' applications sync their commits; by default as `openUsers` says. */
  readonly synchronous?: Readonly<Record<Side, SynchronousMode>>;
}

export type SynchronousMode = "NORMAL" | "FULL";

/** What happens between two runs, and the run. */
export interface RoundSpec {
  readonly lead: Lead;
  readonly edits: readonly SidedEdit[];
  readonly run: SyncStep;
  /** The same run once more, with nothing in between. */
  readonly again: boolean;
}

/** Something that happens to the files rather than to their rows. A new kind is a line here and one in `render.ts`. */
export const LEADS = [
  "nothing",
  "lose-state",
  "hold-a",
  "hold-b",
  "release",
  "put-back-a",
  "put-back-b",
  "vacuum-a",
  "vacuum-b",
  "switch-journal-a",
  "switch-journal-b",
] as const;
export type Lead = (typeof LEADS)[number];

/** Histories of up to five runs. */
export function scenarioSpecs(limits: CaseLimits = {}): Arbitrary<ScenarioSpec> {
  return fc
    .record({
      pair: fc.tuple(pairSpecs(limits), mostly).map(inWalMode),
      rounds: fc.array(roundSpecs, { minLength: 1, maxLength: 5, size: "max" }),
      byPages: whichByPages,
    })
    .map(({ pair, rounds, byPages }) => ({
      pair,
      rounds: rounds.map((round, at) =>
        ((byPages >> at) & 1) === 1 ? byPagesAsWell(round) : round,
      ),
    }));
}

/**
 * A bit for each round. What a run remembers of pages, the next one needs: most often all runs of a history,
 * or none; now and then one in between compares every row, and what was remembered is out of date.
 */
const whichByPages: Arbitrary<number> = fc.oneof(
  { arbitrary: fc.constant(0b00000), weight: 14 },
  { arbitrary: fc.constant(0b11111), weight: 2 },
  { arbitrary: fc.nat(0b11111), weight: 1 },
);

function byPagesAsWell(round: RoundSpec): RoundSpec {
  return { ...round, run: { ...round.run, scan: "pages" } };
}

/** Small pairs, and some with a table large enough for the guard against deletions. */
function pairSpecs(limits: CaseLimits): Arbitrary<CaseSpec> {
  return fc.oneof(
    { arbitrary: caseSpecs({ maxRows: 14, ...limits, maxEdits: 0 }), weight: 7 },
    {
      arbitrary: caseSpecs({ maxRows: 90, maxTables: 1, ...limits, maxEdits: 0 }).map(asLarge),
      weight: 1,
    },
  );
}

/** Keys that SQLite hands out, or most of the rows would be refused. */
function asLarge(pair: CaseSpec): CaseSpec {
  const [first] = pair.tables;
  if (first === undefined) return pair;
  const key = first.key === "keyless" ? "keyless" : "integer";
  return {
    ...pair,
    tables: [{ ...first, key }],
    virtuals: [],
    inserts: pair.inserts.map(({ table, values }) => ({ table, values: [0, ...values] })),
  };
}

/** A run on a side in rollback mode starts a process to sync it, five times slower: one pair in eight is enough. */
const mostly: Arbitrary<boolean> = fc.oneof(
  { arbitrary: fc.constant(true), weight: 7 },
  { arbitrary: fc.constant(false), weight: 1 },
);

function inWalMode([pair, isWal]: readonly [CaseSpec, boolean]): CaseSpec {
  return isWal ? { ...pair, file: { ...pair.file, journalA: "wal", journalB: "wal" } } : pair;
}

const leads: Arbitrary<Lead> = fc.oneof(
  { arbitrary: fc.constant("nothing" as const), weight: 6 },
  { arbitrary: fc.constantFrom(...LEADS), weight: 2 },
);

const rarely: Arbitrary<boolean> = fc.oneof(
  { arbitrary: fc.constant(false), weight: 7 },
  { arbitrary: fc.constant(true), weight: 1 },
);

function sometimes<T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, { arbitrary, weight: 1 });
}

/** The command starts a process for each run: enough to know that it says what the API says. */
const seldom: Arbitrary<boolean> = fc.oneof(
  { arbitrary: fc.constant(false), weight: 199 },
  { arbitrary: fc.constant(true), weight: 1 },
);

const runSpecs: Arbitrary<SyncStep> = fc
  .record({
    policy: fc.constantFrom(...POLICY_NAMES),
    dryRun: rarely,
    swapped: rarely,
    byCommand: seldom,
    lineage: fc.oneof(
      { arbitrary: fc.constant("accept" as const), weight: 6 },
      { arbitrary: fc.constant(undefined), weight: 2 },
      { arbitrary: fc.constant("forget" as const), weight: 1 },
    ),
    maxDelete: sometimes(fc.constantFrom(50, 50, 0, 99)),
    tables: sometimes(fc.array(fc.nat(3), { minLength: 1, maxLength: 2 })),
  })
  .map(toStep);

interface RunChoices {
  readonly policy: PolicyName;
  readonly dryRun: boolean;
  readonly swapped: boolean;
  readonly byCommand: boolean;
  readonly lineage: "accept" | "forget" | undefined;
  readonly maxDelete: number | undefined;
  readonly tables: readonly number[] | undefined;
}

/** A saved step shows only what is not usual. */
function toStep(choices: RunChoices): SyncStep {
  const { policy, dryRun, swapped, byCommand, lineage, maxDelete, tables } = choices;
  return {
    do: "sync",
    policy,
    ...(dryRun ? { dryRun } : {}),
    ...(swapped ? { swapped } : {}),
    ...(byCommand ? { through: "cli" } : {}),
    ...(lineage === undefined ? {} : { lineage }),
    ...(maxDelete === undefined ? {} : { maxDelete }),
    ...(tables === undefined ? {} : { tables }),
  };
}

const sometimesTwice: Arbitrary<boolean> = fc.oneof(
  { arbitrary: fc.constant(false), weight: 2 },
  { arbitrary: fc.constant(true), weight: 1 },
);

const roundSpecs: Arbitrary<RoundSpec> = fc.record({
  lead: leads,
  edits: fc.array(sidedEdits, { maxLength: 8, size: "max" }),
  run: runSpecs,
  again: sometimesTwice,
});
