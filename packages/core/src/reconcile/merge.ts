import { TIMESTAMP_COLUMNS, timestampToMs } from "@sync/model";
import type { Side, SqlValue } from "@sync/model";
import type { Sources } from "./resolution.ts";

/** What a caller says about one table; names compare without case, as in SQLite. */
export interface TableOptions {
  readonly table: string;
  /** The column that carries a row's time of change; default `updated_at`, else `modified_at`. */
  readonly timestamp?: string;
  /** `row`: a row that both sides changed is in dispute as a whole. Default `columns`. */
  readonly merge?: "columns" | "row";
  /** Columns that are one thing, such as an address, and are never merged from two halves. */
  readonly groups?: readonly (readonly string[])[];
}

/** How rows of a table that both sides changed are merged. */
export interface TableRules {
  /** The column that carries the time of change: never in dispute, it follows the later one. */
  readonly timestamp: string | null;
  /** Columns that are in dispute together where both sides changed some of them. */
  readonly groups: readonly (readonly string[])[];
}

/** The rules of a table with these columns. */
export function rulesOf(columns: readonly string[], options: TableOptions | undefined): TableRules {
  const timestamp = options?.timestamp ?? timestampColumnOf(columns);
  const groups = options?.merge === "row" ? [columns] : (options?.groups ?? []);
  const isTime = (name: string): boolean => name.toLowerCase() === timestamp?.toLowerCase();
  return {
    timestamp: columns.find(isTime) ?? null,
    groups: groups.map((group) => group.filter((name) => !isTime(name))),
  };
}

/** The column that carries a table's time of change, or `null`. Names compare without case, as in SQLite. */
function timestampColumnOf(columns: readonly string[]): string | null {
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
function laterSide(a: SqlValue, b: SqlValue): Side {
  const [msA, msB] = [timestampToMs(a), timestampToMs(b)];
  if (msA !== null && msB !== null && msA !== msB) return msA > msB ? "a" : "b";
  if ((msA === null) !== (msB === null)) return msA === null ? "b" : "a";
  return textOf(a) >= textOf(b) ? "a" : "b";
}

/**
 * Gives the timestamp column its source, so that what is left with `?` is in dispute. A side that changed it
 * alone, to or from something that is no time, has its way.
 */
export function settleTimestamp(
  sources: Sources,
  column: number,
  { a, b }: Readonly<Record<Side, SqlValue>>,
): Sources {
  const isReadable = timestampToMs(a) !== null && timestampToMs(b) !== null;
  if (sources[column] !== "?" && !isReadable) return sources;
  return sources.slice(0, column) + laterSide(a, b) + sources.slice(column + 1);
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
