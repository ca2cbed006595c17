import type { SqlValue } from "./values.ts";

/** Names tried for a table's timestamp column, in this order, when the config names none. */
export const TIMESTAMP_COLUMNS: readonly string[] = ["updated_at", "modified_at"];

// ISO 8601 (extended) and SQLite's own form: date, optional time with fraction and zone. No zone means UTC, as in SQLite.
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

// UTC+14 is the widest offset in use (Line Islands), and SQLite reads no wider one.
const MAX_ZONE_HOURS = 14;

// A number below 1e11 is seconds (until the year 5138), below 1e14 milliseconds, else microseconds.
const MAX_SECONDS = 1e11;
const MAX_MILLISECONDS = 1e14;

/**
 * Reads a timestamp as milliseconds since the epoch, to the microsecond: the same instant gives the
 * same number in every format, so that a tie is seen as a tie.
 *
 * Accepts epoch seconds, milliseconds and microseconds as INTEGER or REAL (above zero), ISO 8601, and
 * SQLite's `YYYY-MM-DD HH:MM:SS[.SSS]`. Anything else, NULL included, is `null`: unreadable, never guessed.
 */
export function timestampToMs(value: SqlValue | undefined): number | null {
  const ms = typeof value === "string" ? textToMs(value.trim()) : numberToMs(value);
  return ms === null ? null : roundToMicroseconds(ms);
}

/** How a timestamp is written; offsets and `Z` are both "with zone", `T` and a space are two ways. */
export type TimestampFormat =
  | "epoch seconds"
  | "epoch milliseconds"
  | "epoch microseconds"
  | "a date"
  | "a date and time"
  | "a date and time with zone"
  | "ISO 8601 without zone"
  | "ISO 8601 with zone";

/**
 * Tells how a timestamp is written; `null` where `timestampToMs` cannot read it. Two formats in one
 * column mean two writers, whose clocks and zones need not agree.
 */
export function timestampFormat(value: SqlValue | undefined): TimestampFormat | null {
  if (timestampToMs(value) === null) return null;
  if (typeof value !== "string") return numberFormat(Number(value));
  const match = DATE_TIME.exec(value.trim());
  if (match?.[4] === undefined) return "a date";
  const zoned = match[8] !== undefined;
  if (/t/i.test(value)) return zoned ? "ISO 8601 with zone" : "ISO 8601 without zone";
  return zoned ? "a date and time with zone" : "a date and time";
}

function numberFormat(epoch: number): TimestampFormat {
  if (epoch < MAX_SECONDS) return "epoch seconds";
  return epoch < MAX_MILLISECONDS ? "epoch milliseconds" : "epoch microseconds";
}

/** 1700000000.123 s is 1700000000122.9999 ms in binary: rounding brings back what was written. */
function roundToMicroseconds(ms: number): number {
  // The fraction alone: a far date in whole microseconds is past 2^53 and would come back as another one.
  const whole = Math.floor(ms);
  return whole + Math.round((ms - whole) * 1000) / 1000;
}

function numberToMs(value: SqlValue | undefined): number | null {
  if (typeof value !== "bigint" && typeof value !== "number") return null;
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) return null;
  if (number < MAX_SECONDS) return number * 1000;
  if (number < MAX_MILLISECONDS) return number;
  return number < MAX_MILLISECONDS * 1000 ? number / 1000 : null;
}

function textToMs(text: string): number | null {
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  // 2024-02-30 rolls over into March; such a text is not a time.
  if (date.getUTCMonth() !== month - 1) return null;
  date.setUTCHours(hour, minute, second);
  const zoneMs = zoneToMs(match[8]);
  const fractionMs = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000;
  return zoneMs === null ? null : date.getTime() + fractionMs - zoneMs;
}

/** `+05:30` is 19,800,000; no zone or `Z` is 0; `null` where no such zone can be. */
function zoneToMs(zone: string | undefined): number | null {
  if (zone === undefined || zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", ""));
  if (hours > MAX_ZONE_HOURS || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
