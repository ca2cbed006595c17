import { compareDecimals, parseDecimal } from "./decimal.ts";
import { compareText } from "../value-order.ts";

/** One element of a JSON array. */
export interface JsonElement {
  /** As it is written, e.g. `{"b": 1.0}`: numbers keep all their digits. */
  readonly text: string;
  /** The same for every spelling of one value: `{"a":1,"b":2}` and `{"b": 2.0, "a": 1}`. */
  readonly canonical: string;
}

// SQLite's own JSON functions go no deeper (https://www.sqlite.org/json1.html, JSON_MAX_DEPTH).
const MAX_DEPTH = 1000;

const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+|[[\]{},:]/g;

/**
 * The elements of a JSON array with their own spelling; `null` where the text is no JSON array.
 *
 * Not `JSON.parse` alone: it rounds integers past 2^53, and what it drops could not be written back.
 */
export function readJsonArray(text: string): readonly JsonElement[] | null {
  if (!isJsonArray(text)) return null;
  // Sound JSON, as `JSON.parse` has just said; here it is only taken apart.
  const tokens = Array.from(text.matchAll(TOKEN), ({ 0: word, index }) => ({ word, index }));
  const elements: JsonElement[] = [];
  let next = 1;
  while (next < tokens.length - 1) {
    const value = readValue(tokens, next, 1);
    if (value === null) return null;
    const from = tokens[next]?.index ?? 0;
    const last = tokens[value.end - 1];
    const to = (last?.index ?? 0) + (last?.word.length ?? 0);
    elements.push({ text: text.slice(from, to), canonical: value.canonical });
    // Past the element and the comma behind it.
    next = value.end + 1;
  }
  return elements;
}

/** Orders elements by value: numbers by size before everything else, the rest by canonical text. */
export function compareElements(x: JsonElement, y: JsonElement): number {
  const left = parseDecimal(x.canonical);
  const right = parseDecimal(y.canonical);
  if (left !== null && right !== null) return compareDecimals(left, right);
  if (left !== null || right !== null) return left === null ? 1 : -1;
  return compareText(x.canonical, y.canonical);
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

interface Token {
  readonly word: string;
  readonly index: number;
}

interface Value {
  readonly canonical: string;
  /** The token behind the value. */
  readonly end: number;
}

function readValue(tokens: readonly Token[], at: number, depth: number): Value | null {
  const word = tokens[at]?.word ?? "";
  if (depth > MAX_DEPTH) return null;
  if (word === "[") return readItems(tokens, at, depth);
  if (word === "{") return readMembers(tokens, at, depth);
  return { canonical: canonicalScalar(word), end: at + 1 };
}

function readItems(tokens: readonly Token[], open: number, depth: number): Value | null {
  const items: string[] = [];
  let at = open + 1;
  while (tokens[at]?.word !== "]") {
    const item = readValue(tokens, at, depth + 1);
    if (item === null) return null;
    items.push(item.canonical);
    at = tokens[item.end]?.word === "," ? item.end + 1 : item.end;
  }
  return { canonical: `[${items.join(",")}]`, end: at + 1 };
}

function readMembers(tokens: readonly Token[], open: number, depth: number): Value | null {
  const members: string[] = [];
  let at = open + 1;
  while (tokens[at]?.word !== "}") {
    const name = canonicalScalar(tokens[at]?.word ?? "");
    const value = readValue(tokens, at + 2, depth + 1);
    if (value === null) return null;
    members.push(`${name}:${value.canonical}`);
    at = tokens[value.end]?.word === "," ? value.end + 1 : value.end;
  }
  return { canonical: `{${members.toSorted(compareText).join(",")}}`, end: at + 1 };
}

/** `"\u0041"` is `"A"`; `1.0`, `1` and `10e-1` are `1e0`. */
function canonicalScalar(word: string): string {
  // A sound JSON string, so this gives one back.
  if (word.startsWith('"')) return JSON.stringify(JSON.parse(word));
  const number = parseDecimal(word);
  return number === null ? word : `${number.digits}e${number.exponent}`;
}
