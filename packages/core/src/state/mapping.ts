import type { Mapping, SeenPair } from "../sqlite/projection/projection.ts";
import { bothTables } from "../sqlite/projection/views.ts";
import { readOwnJson } from "./own-json.ts";

type Mappings = Readonly<Record<"a" | "b", Mapping | null>>;

/** What was said about a table's names on both sides, as the state keeps it; empty where nothing was. */
export function mappingText(seen: SeenPair, name: string): string {
  const both = bothTables(seen, name);
  if (both === null || (both.a.mapping === null && both.b.mapping === null)) return "";
  return JSON.stringify({ a: both.a.mapping, b: both.b.mapping });
}

/**
 * Values remembered under one mapping mean the same under another one: it leaves out more, and changes
 * nothing else. What a column held that was left out so far, nobody has agreed on.
 */
export function meansTheSame(before: string, after: string): boolean {
  if (before === after) return true;
  const [known, now] = [read(before), read(after)];
  return (["a", "b"] as const).every((side) => {
    const [one, other] = [known[side], now[side]];
    const isSame = JSON.stringify(withoutIgnored(one)) === JSON.stringify(withoutIgnored(other));
    return isSame && (one?.ignored ?? []).every((name) => other?.ignored.includes(name) === true);
  });
}

function read(text: string): Mappings {
  return text === "" ? { a: null, b: null } : readOwnJson(text, isMappings);
}

function isMappings(value: unknown): value is Mappings {
  if (typeof value !== "object" || value === null) return false;
  const { a, b } = value as Readonly<Record<string, unknown>>;
  return [a, b].every((one) => one === null || isMapping(one));
}

function isMapping(value: unknown): boolean {
  if (typeof value !== "object") return false;
  const { renamed, constants, ignored } = value as Readonly<Record<string, unknown>>;
  return [renamed, constants, ignored].every((list) => Array.isArray(list));
}

function withoutIgnored(mapping: Mapping | null): unknown {
  if (mapping === null) return [null, [], []];
  const { table, renamed, constants } = mapping;
  return [table, renamed, constants];
}
