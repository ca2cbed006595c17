import type { CanonicalRow } from "../dump/dump.ts";
import type { TableDescription } from "./describe.ts";
import { MODEL_POLICIES } from "./policies.ts";
import type {
  Maybe,
  ModelConflict,
  ModelDecision,
  ModelPolicy,
  ModelSide,
  ReferencePolicy,
} from "./policies.ts";
import { timeOfValue } from "./time.ts";

/** Which changes a run carries. */
export type Direction = "two-way" | OneDirection;

type OneDirection = "a-to-b" | "b-to-a" | "mirror";

/** What the rule depends on besides the three rows. */
export interface RuleContext {
  readonly table: TableDescription;
  readonly policy: ReferencePolicy | ModelPolicy;
  /** There is a base for this table, so that a row missing from it is new. */
  readonly hasBase: boolean;
  /** See {@link ModelConflict.timesApart}. */
  readonly timesApart: boolean;
  readonly nowMs: number;
  /** Default `two-way`. */
  readonly direction?: Direction;
}

/** The same row on three databases. */
export interface Three {
  readonly base: Maybe;
  readonly a: Maybe;
  readonly b: Maybe;
}

/** What DESIGN §6 says of one row. */
export interface Verdict {
  readonly type: "unchanged" | "copied" | "agreed" | "merged" | "resolved" | "parked" | "held";
  /** What both sides hold afterwards; several where the rule leaves it open. Parked and held: none, each side keeps its own. */
  readonly results: readonly Maybe[];
  /** The kind of conflict that was put to the policy; `null`: there was none. */
  readonly conflict: ModelConflict["kind"] | null;
  /** Sides whose values lost: each has an entry in the ledger. */
  readonly lost: readonly ModelSide[];
}

/** The table of DESIGN §6, line by line. Constraints are not looked at. */
export function judgeRow({ base, a, b }: Three, context: RuleContext): Verdict {
  const changedA = !isSame(a, base);
  const changedB = !isSame(b, base);
  if (!changedA && !changedB) return undisputed("unchanged", [base]);
  if (isSame(a, b)) return undisputed("agreed", [a]);
  const { direction = "two-way" } = context;
  if (direction !== "two-way") return judgeDirected({ base, a, b }, direction);
  if (!changedB) return undisputed("copied", [a]);
  if (!changedA) return undisputed("copied", [b]);
  if (a === null || b === null) return judgeDeletion({ base, a, b }, context);
  if (base === null) return judgeInserts(a, b, context);
  return mergeUpdates({ base, a, b }, context);
}

/** In one direction: what the source alone changed goes, what the target changed stays; a mirror overwrites it. */
function judgeDirected({ base, a, b }: Three, direction: OneDirection): Verdict {
  const [from, to] = direction === "b-to-a" ? [b, a] : [a, b];
  if (isSame(to, base)) return undisputed("copied", [from]);
  if (direction === "mirror") return undisputed("resolved", [from]);
  return undisputed("held", []);
}

/**
 * A row that would break a constraint is put to the policy as a conflict of its own (DESIGN §6), even
 * where only one side changed it. What both sides may hold then.
 */
export function takenIfBroken(rows: Three, context: RuleContext): Maybe[] {
  const decision = ask(conflictOf("constraint", rows, context, context.table.columns), context);
  return decision.type === "take" ? [rows[decision.side]] : [];
}

export function isSame(x: Maybe, y: Maybe): boolean {
  if (x === null || y === null) return x === y;
  return Object.keys(x).every((name) => x[name] === y[name]);
}

function undisputed(type: Verdict["type"], results: readonly Maybe[]): Verdict {
  return { type, results, conflict: null, lost: [] };
}

function judgeDeletion(rows: Three, context: RuleContext): Verdict {
  const conflict = conflictOf("update/delete", rows, context, context.table.columns);
  return carriedOut(conflict, ask(conflict, context), [{}]);
}

function judgeInserts(a: CanonicalRow, b: CanonicalRow, context: RuleContext): Verdict {
  const { columns } = context.table;
  const disputed = columns.filter((name) => a[name] !== b[name]);
  const conflict = conflictOf("insert/insert", { base: null, a, b }, context, disputed);
  return carriedOut(conflict, ask(conflict, context), [a]);
}

interface Updated {
  readonly base: CanonicalRow;
  readonly a: CanonicalRow;
  readonly b: CanonicalRow;
}

/** Columns that one side changed, or both to the same, are free; so is the timestamp, which follows the later, whoever changed it. */
function mergeUpdates({ base, a, b }: Updated, context: RuleContext): Verdict {
  const { columns, timestampColumn } = context.table;
  const isTimed = (name: string): boolean =>
    name === timestampColumn &&
    a[name] !== b[name] &&
    timeOfValue(a[name]) !== null &&
    timeOfValue(b[name]) !== null;
  const isFree = (name: string): boolean =>
    !isTimed(name) && (a[name] === b[name] || a[name] === base[name] || b[name] === base[name]);
  const disputed = columns.filter((name) => name !== timestampColumn && !isFree(name));
  const free = (stamp: ModelSide): CanonicalRow =>
    Object.fromEntries(
      columns.map((name) => {
        if (isFree(name)) return [name, (a[name] === base[name] ? b[name] : a[name]) ?? "null"];
        return [name, (stamp === "a" ? a[name] : b[name]) ?? "null"];
      }),
    );
  const settled = laterSides(a, b, timestampColumn).map(free);
  if (disputed.length === 0) return undisputed("merged", settled);
  const conflict = conflictOf("update/update", { base, a, b }, context, disputed);
  return carriedOut(conflict, ask(conflict, context), settled);
}

function conflictOf(
  kind: ModelConflict["kind"],
  rows: Three,
  { table, hasBase, timesApart, nowMs }: RuleContext,
  disputed: readonly string[],
): ModelConflict {
  return { kind, ...rows, disputed, table, hasBase, timesApart, nowMs };
}

function ask(conflict: ModelConflict, { policy }: RuleContext): ModelDecision {
  return (typeof policy === "function" ? policy : MODEL_POLICIES[policy])(conflict);
}

/** @param settled - the row but for its disputed columns; several where the rule leaves that open */
function carriedOut(
  conflict: ModelConflict,
  decision: ModelDecision,
  settled: readonly CanonicalRow[],
): Verdict {
  const { kind, disputed } = conflict;
  if (decision.type === "park") {
    return { type: "parked", results: [], conflict: kind, lost: [] };
  }
  const values = valuesOf(conflict, decision);
  const results =
    values === null ? [null] : settled.map((row) => withValues(row, values, disputed));
  const stands = (side: ModelSide): boolean =>
    values !== null && disputed.every((name) => conflict[side]?.[name] === values[name]);
  const lost = (["a", "b"] as const).filter((side) => conflict[side] !== null && !stands(side));
  return { type: "resolved", results, conflict: kind, lost };
}

/** Where the disputed values come from; `null`: the row goes. */
function valuesOf(
  conflict: ModelConflict,
  decision: Exclude<ModelDecision, { type: "park" }>,
): Maybe {
  switch (decision.type) {
    case "take":
      return conflict[decision.side];
    case "write":
      return decision.row;
    case "delete":
      return null;
  }
}

function withValues(
  row: CanonicalRow,
  values: CanonicalRow,
  disputed: readonly string[],
): CanonicalRow {
  return { ...row, ...Object.fromEntries(disputed.map((name) => [name, values[name] ?? "null"])) };
}

/** The side whose time is later; both, where the design does not say which. */
function laterSides(a: CanonicalRow, b: CanonicalRow, column: string | null): ModelSide[] {
  if (column === null || a[column] === b[column]) return ["a"];
  const [timeA, timeB] = [timeOfValue(a[column]), timeOfValue(b[column])];
  if (timeA === null || timeB === null || timeA === timeB) return ["a", "b"];
  return timeA > timeB ? ["a"] : ["b"];
}
