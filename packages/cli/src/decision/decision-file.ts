import { readFileSync } from "node:fs";
import type { ByHand, HandDecision, TakeFrom } from "@sync/core";
import { SyncError } from "@sync/model";
import type { SqlValue } from "@sync/model";

/**
 * Reads decisions from a file, as `conflicts resolve --from` takes them:
 *
 *     [{"id": 12, "take": "a"}, {"id": 13, "set": {"price": {"real": "12.0"}}, "take": "b"},
 *      {"id": 14, "delete": true}, {"id": 15, "keepBoth": true}]
 *
 * Values are written as `--json` prints them.
 *
 * @throws SyncError SYNC_USAGE, naming the entry that is wrong
 */
export function readDecisions(path: string): ByHand[] {
  const entries = parseFile(path);
  if (!Array.isArray(entries)) throw wrong("The file is no list of decisions.");
  return entries.map((entry: unknown, index) => decisionIn(entry, `Decision ${index + 1}`));
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("SYNC_USAGE", `The decisions in ${path} cannot be read: ${why}`, { cause });
  }
}

const FIELDS = new Set(["id", "take", "set", "delete", "keepBoth"]);

function decisionIn(entry: unknown, name: string): ByHand {
  if (!isObject(entry)) throw wrong(`${name} is no object.`);
  const unknown = Object.keys(entry).find((field) => !FIELDS.has(field));
  if (unknown !== undefined)
    throw wrong(`${name} has a field \`${unknown}\`, which means nothing.`);
  const { id } = entry;
  if (typeof id !== "number" || !Number.isSafeInteger(id))
    throw wrong(`${name} has no "id", the number of a conflict.`);
  return { id, decision: decided(entry, name) };
}

function decided(entry: Readonly<Record<string, unknown>>, name: string): HandDecision {
  const { set, delete: gone, keepBoth } = entry;
  const take = takeIn(entry["take"], name);
  const chosen = [take ?? set, gone, keepBoth].filter((one) => one !== undefined);
  if (chosen.length !== 1)
    throw wrong(`${name} has ${chosen.length === 0 ? "no" : "two"} decisions.`);
  if (gone === true) return { type: "delete" };
  if (keepBoth === true) return { type: "keep-both" };
  if (set !== undefined) {
    if (!isObject(set)) throw wrong(`${name}: "set" is no object of columns.`);
    const columns = Object.fromEntries(
      Object.entries(set).map(([column, value]) => [column, valueIn(value, `${name}, ${column}`)]),
    );
    return { type: "set", columns, ...(take === undefined ? {} : { rest: take }) };
  }
  if (take !== undefined) return { type: "take", from: take };
  throw wrong(`${name}: "delete" and "keepBoth" are true, or left out.`);
}

function takeIn(value: unknown, name: string): TakeFrom | undefined {
  if (value === undefined || value === "a" || value === "b" || value === "base") return value;
  throw wrong(`${name}: "take" is "a", "b" or "base".`);
}

/** The inverse of what `--json` prints; a number without a fraction is an INTEGER. */
function valueIn(value: unknown, name: string): SqlValue {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (isObject(value)) {
    const { integer, real, blob } = value;
    if (typeof integer === "string" && /^-?\d+$/.test(integer)) return BigInt(integer);
    if (typeof real === "string" && real !== "") return realIn(real, name);
    if (typeof blob === "string" && /^(?:[0-9a-f]{2})*$/i.test(blob))
      return new Uint8Array(Buffer.from(blob, "hex"));
  }
  throw wrong(`${name}: this is no value of SQLite.`);
}

function realIn(text: string, name: string): number {
  const value = text === "Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
  if (Number.isNaN(value)) throw wrong(`${name}: ${text} is no REAL.`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(message: string): SyncError {
  return new SyncError("SYNC_USAGE", message, {
    next: 'Write a list such as [{"id": 12, "take": "a"}, {"id": 13, "set": {"price": 12.5}}].',
  });
}
