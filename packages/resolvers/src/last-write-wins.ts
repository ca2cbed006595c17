import type { Conflict, Decision, Policy, Row, Side } from "@sync/model";
import { SyncError, timestampToMs } from "@sync/model";
import { constraintReason } from "./constraint.ts";

export interface LastWriteWinsOptions {
  /**
   * How far ahead of the run's now a timestamp may lie, in milliseconds, before it is distrusted.
   * Default 300,000 (5 minutes): more than clocks kept by NTP ever differ, less than a wrong time zone.
   */
  readonly allowedSkewMs?: number;
}

const DEFAULT_ALLOWED_SKEW_MS = 300_000;

/**
 * The later edit wins, by the table's timestamp column; an edit beats a deletion, with or without
 * timestamps. Where the timestamps do not tell, it parks instead of guessing: no timestamp column, a
 * time that cannot be read, a tie, or one too far in the future. So it does for two inserts under a
 * generated key where a base exists (most likely two different rows), and for broken constraints.
 *
 * The two sides may write their timestamps in different formats, as long as each can be read.
 *
 * @throws SyncError SYNC_USAGE when `allowedSkewMs` is negative or not a number
 */
export function lastWriteWins(options: LastWriteWinsOptions = {}): Policy {
  const allowedSkewMs = options.allowedSkewMs ?? DEFAULT_ALLOWED_SKEW_MS;
  if (!(allowedSkewMs >= 0)) {
    throw new SyncError(
      "SYNC_USAGE",
      "lastWriteWins: allowedSkewMs must be a number of milliseconds, 0 or more.",
    );
  }
  return {
    name: "last-write-wins",
    // Another allowance may decide what was parked before: a new version has those conflicts asked again.
    version: `1, allowed skew ${allowedSkewMs} ms`,
    decide: (conflict, { nowMs }) => decide(conflict, nowMs + allowedSkewMs),
  };
}

function decide(conflict: Conflict, latestMs: number): Decision {
  const { a, b, kind } = conflict;
  const constraint = constraintReason(kind);
  if (constraint !== null) return park(constraint);
  if (a !== null && b !== null) return decideBetween(a, b, conflict, latestMs);
  if (a !== null) return take("a", "The edit on side a beats the deletion on side b.");
  if (b !== null) return take("b", "The edit on side b beats the deletion on side a.");
  return park("Neither side has the row any more.");
}

function decideBetween(a: Row, b: Row, conflict: Conflict, latestMs: number): Decision {
  if (conflict.kind === "insert/insert" && conflict.generatedKey && conflict.hasBase) {
    return park(
      "Both sides gave the same generated key to a new row, so these are most likely two different rows: give one of them another key (rekey) to keep both.",
    );
  }
  const column = conflict.timestampColumn;
  if (column === null)
    return park("The table has no timestamp column to tell which edit is the later one.");
  const aMs = timestampToMs(a[column]);
  const bMs = timestampToMs(b[column]);
  if (aMs === null || bMs === null) return park(unreadableReason(column, aMs, bMs));
  return decideByTime(aMs, bMs, column, latestMs);
}

function decideByTime(aMs: number, bMs: number, column: string, latestMs: number): Decision {
  const later: Side = aMs > bMs ? "a" : "b";
  if (Math.max(aMs, bMs) > latestMs) {
    const where = Math.min(aMs, bMs) > latestMs ? "both sides" : `side ${later}`;
    return park(
      `The time in ${quoted(column)} on ${where} lies too far in the future: check the clocks.`,
    );
  }
  if (aMs === bMs) return park(`Both sides carry the same time in ${quoted(column)}.`);
  return take(later, `Side ${later} has the later time in ${quoted(column)}.`);
}

function unreadableReason(column: string, aMs: number | null, bMs: number | null): string {
  if (aMs === null && bMs === null) return `Neither side has a readable time in ${quoted(column)}.`;
  return `Side ${aMs === null ? "a" : "b"} has no readable time in ${quoted(column)}.`;
}

function take(side: Side, reason: string): Decision {
  return { type: "take", side, reason };
}

function park(reason: string): Decision {
  return { type: "park", reason };
}

// JSON's quoting also keeps control characters of a hostile schema out of logs and terminals.
function quoted(name: string): string {
  return JSON.stringify(name);
}
