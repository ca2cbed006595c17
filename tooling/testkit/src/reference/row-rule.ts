import { timestampToMs } from "@sync/model";
import { parseCanonical } from "../dump/canonical.ts";
import type { CanonicalRow } from "../dump/dump.ts";
import type { TableDescription } from "./describe.ts";

/** The policies that the model knows. */
export type ReferencePolicy = "prefer-a" | "prefer-b" | "manual" | "last-write-wins";

/** What the rule depends on besides the three rows. */
export interface RuleContext {
  readonly table: TableDescription;
  readonly policy: ReferencePolicy;
  /** There is a base for this table, so that a row missing from it is new. */
  readonly hasBase: boolean;
  readonly nowMs: number;
}

/** A row or its absence. */
export type Maybe = CanonicalRow | null;

/** The same row on three databases. */
export interface Three {
  readonly base: Maybe;
  readonly a: Maybe;
  readonly b: Maybe;
}

/** What DESIGN §6 says of one row. */
export interface Verdict {
  readonly type: "unchanged" | "copied" | "agreed" | "merged" | "resolved" | "parked";
  /** What both sides hold afterwards; several where the rule leaves it open. Parked: none, each side keeps its own. */
  readonly results: readonly Maybe[];
}

const PARKED: Verdict = { type: "parked", results: [] };
const ALLOWED_SKEW_MS = 5 * 60_000;

/** The table of DESIGN §6, line by line. Constraints are not looked at. */
export function judgeRow({ base, a, b }: Three, context: RuleContext): Verdict {
  const changedA = !isSame(a, base);
  const changedB = !isSame(b, base);
  if (!changedA && !changedB) return { type: "unchanged", results: [base] };
  if (!changedB) return { type: "copied", results: [a] };
  if (!changedA) return { type: "copied", results: [b] };
  if (isSame(a, b)) return { type: "agreed", results: [a] };
  if (a === null || b === null) return decideDeletion(a, b, context.policy);
  if (base === null) return decideInserts(a, b, context);
  return mergeUpdates({ base, a, b }, context);
}

export function isSame(x: Maybe, y: Maybe): boolean {
  if (x === null || y === null) return x === y;
  return Object.keys(x).every((name) => x[name] === y[name]);
}

function decideDeletion(a: Maybe, b: Maybe, policy: ReferencePolicy): Verdict {
  switch (policy) {
    case "manual":
      return PARKED;
    case "prefer-a":
      return { type: "resolved", results: [a] };
    case "prefer-b":
      return { type: "resolved", results: [b] };
    case "last-write-wins":
      // An edit beats a delete.
      return { type: "resolved", results: [a ?? b] };
  }
}

function decideInserts(a: CanonicalRow, b: CanonicalRow, context: RuleContext): Verdict {
  const isTwoRows = context.table.generatedKey && context.hasBase;
  if (context.policy === "last-write-wins" && isTwoRows) return PARKED;
  const winner = winnerOf(a, b, context);
  if (winner === null) return PARKED;
  return { type: "resolved", results: [winner === "a" ? a : b] };
}

function mergeUpdates(
  {
    base,
    a,
    b,
  }: { readonly base: CanonicalRow; readonly a: CanonicalRow; readonly b: CanonicalRow },
  context: RuleContext,
): Verdict {
  const { columns, timestampColumn } = context.table;
  const isFree = (name: string): boolean =>
    a[name] === b[name] || a[name] === base[name] || b[name] === base[name];
  const disputed = columns.filter((name) => name !== timestampColumn && !isFree(name));
  const merge = (winner: "a" | "b", stamp: "a" | "b"): CanonicalRow =>
    Object.fromEntries(
      columns.map((name) => {
        if (isFree(name)) return [name, (a[name] === base[name] ? b[name] : a[name]) ?? "null"];
        const side = name === timestampColumn ? stamp : winner;
        return [name, (side === "a" ? a[name] : b[name]) ?? "null"];
      }),
    );
  const stamps = laterSides(a, b, timestampColumn);
  if (disputed.length === 0) {
    return { type: "merged", results: stamps.map((stamp) => merge("a", stamp)) };
  }
  const winner = winnerOf(a, b, context);
  if (winner === null) return PARKED;
  return { type: "resolved", results: stamps.map((stamp) => merge(winner, stamp)) };
}

/** Who wins a dispute between two rows; `null`: nobody, it parks. */
function winnerOf(a: CanonicalRow, b: CanonicalRow, context: RuleContext): "a" | "b" | null {
  switch (context.policy) {
    case "manual":
      return null;
    case "prefer-a":
      return "a";
    case "prefer-b":
      return "b";
    case "last-write-wins": {
      const [timeA, timeB] = [timeOf(a, context.table), timeOf(b, context.table)];
      if (timeA === null || timeB === null || timeA === timeB) return null;
      if (Math.max(timeA, timeB) > context.nowMs + ALLOWED_SKEW_MS) return null;
      return timeA > timeB ? "a" : "b";
    }
  }
}

/** The side whose time is later; both, where the design does not say which. */
function laterSides(a: CanonicalRow, b: CanonicalRow, column: string | null): ("a" | "b")[] {
  if (column === null || a[column] === b[column]) return ["a"];
  const [timeA, timeB] = [timeOfValue(a[column]), timeOfValue(b[column])];
  if (timeA === null || timeB === null || timeA === timeB) return ["a", "b"];
  return timeA > timeB ? ["a"] : ["b"];
}

function timeOf(row: CanonicalRow, table: TableDescription): number | null {
  return table.timestampColumn === null ? null : timeOfValue(row[table.timestampColumn]);
}

function timeOfValue(value: string | undefined): number | null {
  const parsed = parseCanonical(value ?? "null");
  switch (parsed.class) {
    case "null":
    case "blob":
      return null;
    case "integer":
      return timestampToMs(parsed.integer);
    case "real":
      return timestampToMs(parsed.real);
    case "text":
      return timestampToMs(parsed.bytes.toString("utf8"));
  }
}
