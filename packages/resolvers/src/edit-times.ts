import type { Conflict, Decision, Policy, Row, Side } from "@sync/model";
import { SyncError, otherSide, sameRow, timestampFormat, timestampToMs } from "@sync/model";
import { constraintReason } from "./constraint.ts";
import { park, quoted, take } from "./decisions.ts";

/** How far the policies that go by time trust a timestamp. */
export interface EditTimesOptions {
  /**
   * How far ahead of the run's now a timestamp may lie, in milliseconds, before it is distrusted.
   * Default 300,000 (5 minutes): more than clocks kept by NTP ever differ, less than a wrong time zone.
   */
  readonly allowedSkewMs?: number;
}

/** Which of two edits wins. */
export type Winner = "later" | "earlier";

const DEFAULT_ALLOWED_SKEW_MS = 300_000;

/**
 * What `last-write-wins` and `first-write-wins` have in common: an edit beats a deletion, two edits are
 * told apart by the timestamp column, and where the timestamps do not tell, nothing is guessed.
 *
 * @throws SyncError SYNC_USAGE when `allowedSkewMs` is negative or not a number
 */
export function editTimesPolicy(name: string, winner: Winner, options: EditTimesOptions): Policy {
  const allowedSkewMs = options.allowedSkewMs ?? DEFAULT_ALLOWED_SKEW_MS;
  if (typeof allowedSkewMs !== "number" || !(allowedSkewMs >= 0)) {
    throw new SyncError(
      "SYNC_USAGE",
      `${name}: allowedSkewMs must be a number of milliseconds, 0 or more.`,
    );
  }
  return {
    name,
    // Another allowance may decide what was parked before: a new version has those conflicts asked again.
    version: `2, allowed skew ${allowedSkewMs} ms`,
    decide: (conflict, { nowMs }) => decide(conflict, { winner, latestMs: nowMs + allowedSkewMs }),
  };
}

interface Rule {
  readonly winner: Winner;
  /** A time past this one is distrusted. */
  readonly latestMs: number;
}

function decide(conflict: Conflict, rule: Rule): Decision {
  const { a, b, kind } = conflict;
  const constraint = constraintReason(kind);
  if (constraint !== null && !isAboutVersions(conflict)) return park(constraint);
  if (a !== null && b !== null) return decideBetween(a, b, conflict, rule);
  if (a !== null) return take("a", "The edit on side a beats the deletion on side b.");
  if (b !== null) return take("b", "The edit on side b beats the deletion on side a.");
  return park("Neither side has the row any more.");
}

/**
 * A broken constraint that is a question of versions after all: a row that one side deleted and the
 * other still needs, or the merged row of two edits. Anything else is a change nobody contradicted.
 */
function isAboutVersions({ kind, base, a, b }: Conflict): boolean {
  if (base === null) return false;
  if (kind === "foreign-key") return (a === null) !== (b === null);
  if (kind === "unique" || a === null || b === null) return false;
  return !sameRow(a, b) && !sameRow(a, base) && !sameRow(b, base);
}

function decideBetween(a: Row, b: Row, conflict: Conflict, rule: Rule): Decision {
  if (conflict.kind === "insert/insert" && conflict.generatedKey && conflict.hasBase) {
    return park(
      "Both sides gave the same generated key to a new row, so these are most likely two different rows: give one of them another key (rekey) to keep both.",
    );
  }
  const column = conflict.timestampColumn;
  if (column === null) {
    return park(`The table has no timestamp column to tell which edit is the ${rule.winner} one.`);
  }
  const aMs = timestampToMs(a[column]);
  const bMs = timestampToMs(b[column]);
  if (aMs === null || bMs === null) return park(unreadableReason(column, aMs, bMs));
  const distrust = conflict.clockSkew ?? mixedFormats(a, b, column);
  if (distrust !== null) return park(distrust, "clock-skew");
  return decideByTime({ a: aMs, b: bMs }, column, rule);
}

function decideByTime(
  ms: Readonly<Record<Side, number>>,
  column: string,
  { winner, latestMs }: Rule,
): Decision {
  const later: Side = ms.a > ms.b ? "a" : "b";
  if (ms[later] > latestMs) {
    const where = ms[otherSide(later)] > latestMs ? "both sides" : `side ${later}`;
    return park(
      `The time in ${quoted(column)} on ${where} lies too far in the future: check the clocks.`,
      "clock-skew",
    );
  }
  if (ms.a === ms.b) return park(`Both sides carry the same time in ${quoted(column)}.`);
  const side = winner === "later" ? later : otherSide(later);
  return take(side, `Side ${side} has the ${winner} time in ${quoted(column)}.`);
}

/** Two formats are two writers, and nobody knows whether their clocks and time zones agree. */
function mixedFormats(a: Row, b: Row, column: string): string | null {
  const aFormat = timestampFormat(a[column]);
  const bFormat = timestampFormat(b[column]);
  if (aFormat === bFormat) return null;
  return `The sides write the time in ${quoted(column)} in different formats: ${aFormat} on side a, ${bFormat} on side b.`;
}

function unreadableReason(column: string, aMs: number | null, bMs: number | null): string {
  if (aMs === null && bMs === null) return `Neither side has a readable time in ${quoted(column)}.`;
  return `Side ${aMs === null ? "a" : "b"} has no readable time in ${quoted(column)}.`;
}
