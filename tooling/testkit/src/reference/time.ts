import { parseCanonical } from "../dump/canonical.ts";
import type { CanonicalValue } from "../dump/canonical.ts";

const TEXT =
  /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Milliseconds since the epoch that a stored time means, in whole microseconds; `null`: it is none. Written anew
 * from DESIGN §6 (epoch seconds, milliseconds, microseconds; ISO 8601; SQLite's text), so that the
 * product's own reading is held against it.
 */
export function timeOfValue(value: CanonicalValue | undefined): number | null {
  const parsed = parseCanonical(value ?? "null");
  if (parsed.class === "integer") return numberTime(Number(parsed.integer));
  if (parsed.class === "real") return numberTime(parsed.real);
  return parsed.class === "text" ? textTime(parsed.bytes.toString("utf8").trim()) : null;
}

/** How a time is written: who writes it otherwise is another program, with a clock of its own. */
export function formatOfTime(value: CanonicalValue | undefined): string {
  const parsed = parseCanonical(value ?? "null");
  if (parsed.class === "integer") return String(unitOf(Number(parsed.integer)));
  if (parsed.class === "real") return String(unitOf(parsed.real));
  if (parsed.class !== "text") return "none";
  const text = parsed.bytes.toString("utf8").trim();
  const [, , minutes, , , zone] = TEXT.exec(text) ?? [];
  if (minutes === undefined) return "day";
  return `${/t/i.test(text) ? "T" : "space"}${zone === undefined ? "" : " zone"}`;
}

/** By its size: seconds until the year 5138, then milliseconds, then microseconds. */
function numberTime(time: number): number | null {
  const unit = unitOf(time);
  return unit === null ? null : toMicroseconds(time * unit);
}

/** Milliseconds in one of them. */
function unitOf(time: number): number | null {
  if (!(time > 0)) return null;
  const units = [
    [1e11, 1000],
    [1e14, 1],
    [1e17, 0.001],
  ] as const;
  return units.find(([limit]) => time < limit)?.[1] ?? null;
}

function textTime(text: string): number | null {
  const [, day = "", minutes = "00:00", seconds = "00", fraction = "0", zone = "Z"] =
    TEXT.exec(text) ?? [];
  if (day === "") return null;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // 2024-02-30 is no day.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return null;
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  const suffix = offset === null ? "Z" : `${offset[1] ?? ""}:${offset[2] ?? "00"}`;
  const time = Date.parse(`${day}T${minutes}:${seconds}${suffix}`);
  return Number.isNaN(time) ? null : toMicroseconds(time + Number(`0.${fraction}`) * 1000);
}

function toMicroseconds(ms: number): number {
  const whole = Math.floor(ms);
  return whole + Math.round((ms - whole) * 1000) / 1000;
}
