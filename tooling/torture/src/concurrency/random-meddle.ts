import fc from "fast-check";
import { quoteName, renderEdits, sidedEdits } from "@sync/testkit";
import type { TableDescription } from "@sync/testkit";
import type { Chance } from "../fuzz/chance.ts";
import type { ScenarioSpec } from "../generate/spec.ts";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";
import type { Meddle } from "./meddle.ts";

/** What a meddle is made for. */
export interface Situation {
  readonly spec: ScenarioSpec;
  readonly tables: readonly TableDescription[];
  readonly chance: Chance;
}

/** Everything that others do to a pair in the middle of a run; `null`: not to this one. A new kind is an entry here. */
export const MEDDLES: Readonly<Record<string, (situation: Situation) => Meddle | null>> = {
  edit: (situation) => editOf(situation, "edit"),
  "another edit": (situation) => editOf(situation, "edit"),
  writers: (situation) => {
    const { chance } = situation;
    const edits = Array.from({ length: 2 + chance.below(4) }, () => editOf(situation, "edit"));
    const made = edits.flatMap((one) => (one?.type === "edit" ? [one] : []));
    if (made.length === 0) return null;
    const gap = 1 + chance.below(12);
    return { type: "writers", gap, edits: made.map(({ side, sql }) => ({ side, sql })) };
  },
  storm: ({ chance }) => ({
    type: "storm",
    lastsMs: 50 + chance.below(400),
    seed: chance.below(2 ** 31),
  }),
  run: () => ({ type: "run" }),
  "other pair": (situation) => editOf(situation, "other pair"),
  checkpoint: ({ chance }) => maintain(chance, "PRAGMA wal_checkpoint(TRUNCATE)"),
  vacuum: ({ chance }) => maintain(chance, "VACUUM"),
  alter: ({ tables, chance }) => {
    // What a trigger writes without naming columns would not compile any more, for nobody.
    const plain = tables.filter(
      ({ name, columns }) => !columns.includes("rowid") && name !== "audit" && name !== "counters",
    );
    if (plain.length === 0) return null;
    const name = quoteName(chance.of(plain).name);
    const sql = `ALTER TABLE ${name} ADD COLUMN "came meanwhile" DEFAULT 'x'`;
    return { type: "alter", side: chance.of(SIDES), sql };
  },
  "read lock": ({ chance }) => lock(chance, "BEGIN; SELECT count(*) FROM sqlite_schema"),
  "write lock": ({ chance }) => lock(chance, "BEGIN IMMEDIATE"),
  "exclusive lock": ({ chance }) => lock(chance, "BEGIN EXCLUSIVE"),
};

/** @returns `null` where this choice leads to nothing */
export function randomMeddle(situation: Situation): Meddle | null {
  const kind = situation.chance.of(Object.keys(MEDDLES));
  return MEDDLES[kind]?.(situation) ?? null;
}

function maintain(chance: Chance, sql: string): Meddle {
  return { type: "maintain", side: chance.of(SIDES), sql };
}

function lock(chance: Chance, sql: string): Meddle {
  return { type: "lock", side: chance.of(SIDES), sql };
}

/** One to three edits of the scenario's kind, as one transaction. */
function editOf({ spec, chance }: Situation, type: "edit" | "other pair"): Meddle | null {
  const seed = chance.below(2 ** 31);
  const edits = fc.sample(sidedEdits, { seed, numRuns: 1 + chance.below(3) });
  const { editsA, editsB } = renderEdits(spec.pair, edits);
  const sql = [...editsA, ...editsB].flatMap((edit) => edit.sql);
  const side: Side = chance.of(SIDES);
  return sql.length === 0 ? null : { type, side, sql };
}
