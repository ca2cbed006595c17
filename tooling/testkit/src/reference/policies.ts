import type { CanonicalRow } from "../dump/dump.ts";
import type { TableDescription } from "./describe.ts";
import { formatOfTime, timeOfValue } from "./time.ts";

/** A row or its absence. */
export type Maybe = CanonicalRow | null;

export type ModelSide = "a" | "b";

/** What is put to a policy of the model: DESIGN §6, in canonical values. */
export interface ModelConflict {
  readonly kind: "update/update" | "insert/insert" | "update/delete" | "constraint";
  readonly base: Maybe;
  readonly a: Maybe;
  readonly b: Maybe;
  /** For whole-row conflicts every column. */
  readonly disputed: readonly string[];
  readonly table: TableDescription;
  readonly hasBase: boolean;
  /** The newest times of what each side did to the table lie too far apart to decide anything. */
  readonly timesApart: boolean;
  readonly nowMs: number;
}

/** What a policy of the model answers. */
export type ModelDecision =
  | { readonly type: "take"; readonly side: ModelSide }
  /** Values of disputed columns; the others keep what is not in dispute. */
  | { readonly type: "write"; readonly row: CanonicalRow }
  | { readonly type: "delete" }
  | { readonly type: "park" };

/** What a policy must answer, by its description in DESIGN §6. */
export type ModelPolicy = (conflict: ModelConflict) => ModelDecision;

/** The policies that the model knows. */
export type ReferencePolicy = "prefer-a" | "prefer-b" | "manual" | "last-write-wins";

/** Policies by name: a new one is a line here. */
export const MODEL_POLICIES: Readonly<Record<ReferencePolicy, ModelPolicy>> = {
  manual: () => ({ type: "park" }),
  "prefer-a": () => ({ type: "take", side: "a" }),
  "prefer-b": () => ({ type: "take", side: "b" }),
  "last-write-wins": (conflict) => byTime(conflict, "later"),
};

const ALLOWED_SKEW_MS = 5 * 60_000;

/**
 * An edit beats a deletion; a row that SQLite numbered on both sides, a tie, a time that is none, and
 * two ways to write the time park. A broken constraint is decided where it is about two versions of a row.
 */
export function byTime(conflict: ModelConflict, wins: "earlier" | "later"): ModelDecision {
  const { a, b, table, kind, hasBase } = conflict;
  if (kind === "constraint" && conflict.base === null) return { type: "park" };
  if (a === null || b === null) return { type: "take", side: a === null ? "b" : "a" };
  if (kind === "insert/insert" && table.generatedKey && hasBase) return { type: "park" };
  if (table.timestampColumn === null || conflict.timesApart) return { type: "park" };
  const [valueA, valueB] = [a[table.timestampColumn], b[table.timestampColumn]];
  const [timeA, timeB] = [timeOfValue(valueA), timeOfValue(valueB)];
  if (timeA === null || timeB === null || timeA === timeB) return { type: "park" };
  if (formatOfTime(valueA) !== formatOfTime(valueB)) return { type: "park" };
  if (Math.max(timeA, timeB) > conflict.nowMs + ALLOWED_SKEW_MS) return { type: "park" };
  return { type: "take", side: timeA > timeB === (wins === "later") ? "a" : "b" };
}
