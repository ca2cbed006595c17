import type { ColumnAnswer, ColumnRule, ColumnValues } from "./column-rule.ts";
import { createColumnRule, hidesBytes } from "./column-rule.ts";
import type { JsonElement } from "./json-array.ts";
import { compareElements, readJsonArray } from "./json-array.ts";
import { compareText } from "../value-order.ts";

/**
 * A JSON array as a set: tags, members, flags. What either side added is in it, what either side
 * removed since the base is not. The elements come sorted, so that the result depends neither on the
 * side nor on the order of several synchronizations.
 *
 * Elements are compared by value: `1` is `1.0`, and the order of an object's members does not matter.
 * A base of NULL counts as empty. Anything that is no JSON array parks.
 */
export const union: ColumnRule = createColumnRule({ name: "union", version: "1", mergeColumn });

function mergeColumn(values: ColumnValues): ColumnAnswer {
  if ([values.base, values.a, values.b].some(hidesBytes)) {
    return { problem: "holds text that is not valid UTF-8" };
  }
  const base = values.base === null ? new Map<string, Entry>() : entriesOf(values.base);
  const a = entriesOf(values.a);
  const b = entriesOf(values.b);
  if (base === null || a === null || b === null) {
    return { problem: "does not hold JSON arrays on both sides and in the base" };
  }
  const merged = [...new Set([...a.keys(), ...b.keys()])]
    .flatMap((canonical) => mergeEntry(base.get(canonical), a.get(canonical), b.get(canonical)))
    .toSorted(compareElements);
  return { value: `[${merged.map(({ text }) => text).join(",")}]` };
}

interface Entry {
  readonly element: JsonElement;
  /** How often the array holds it. */
  readonly count: number;
}

function entriesOf(value: ColumnValues["a"]): Map<string, Entry> | null {
  const elements = typeof value === "string" ? readJsonArray(value) : null;
  if (elements === null) return null;
  const entries = new Map<string, Entry>();
  for (const element of elements) {
    const known = entries.get(element.canonical);
    entries.set(element.canonical, {
      element: known === undefined ? element : simpler(known.element, element),
      count: (known?.count ?? 0) + 1,
    });
  }
  return entries;
}

/**
 * The count that one side changed; of two changed ones, the larger, as with rows of a keyless table.
 * So an element that stands once, or not at all, behaves as in a set.
 */
function mergeEntry(
  base: Entry | undefined,
  a: Entry | undefined,
  b: Entry | undefined,
): JsonElement[] {
  const [before, left, right] = [base, a, b].map((entry) => entry?.count ?? 0) as [
    number,
    number,
    number,
  ];
  const element = a && b ? simpler(a.element, b.element) : (a ?? b)?.element;
  if (element === undefined) return [];
  const count = left === before ? right : right === before ? left : Math.max(left, right);
  return Array.from({ length: count }, () => element);
}

/** One of two spellings of a value, whichever side it comes from. */
function simpler(x: JsonElement, y: JsonElement): JsonElement {
  const order = x.text.length - y.text.length || compareText(x.text, y.text);
  return order <= 0 ? x : y;
}
