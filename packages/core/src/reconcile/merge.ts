import { TIMESTAMP_COLUMNS, timestampToMs } from "@sync/model";
import type { Side, SqlValue } from "@sync/model";
import type { Sources } from "./resolution.ts";

/** The column that carries a table's time of change, or `null`. Names compare without case, as in SQLite. */
export function timestampColumnOf(columns: readonly string[]): string | null {
  for (const wanted of TIMESTAMP_COLUMNS) {
    const found = columns.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * The side whose timestamp is later. Where one cannot be read, or both name the same time, the greater
 * text decides, so that the answer does not depend on which side is a.
 */
export function laterSide(a: SqlValue, b: SqlValue): Side {
  const [msA, msB] = [timestampToMs(a), timestampToMs(b)];
  if (msA !== null && msB !== null && msA !== msB) return msA > msB ? "a" : "b";
  if ((msA === null) !== (msB === null)) return msA === null ? "b" : "a";
  return textOf(a) >= textOf(b) ? "a" : "b";
}

/** Gives the timestamp column its source, so that what is left with `?` is in dispute. */
export function settleTimestamp(sources: Sources, column: number, later: Side): Sources {
  return sources[column] === "?"
    ? sources.slice(0, column) + later + sources.slice(column + 1)
    : sources;
}

/** The names of the columns in dispute. */
export function disputedColumns(columns: readonly string[], sources: Sources): string[] {
  return columns.filter((_, index) => sources[index] === "?");
}

function textOf(value: SqlValue): string {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString("hex")
    : `${typeof value}:${String(value)}`;
}
