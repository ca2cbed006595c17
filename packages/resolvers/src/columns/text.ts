import { diff3Merge } from "node-diff3";
import type { ColumnAnswer, ColumnRule, ColumnValues } from "./column-rule.ts";
import { createColumnRule, hidesBytes } from "./column-rule.ts";

// The merge walks its candidates for every pair of equal pieces. This many steps take a few tenths of a
// second (measured: 10,000 different lines changed at both ends, or 450 equal ones); 3,000 equal lines took 34 s.
const MAX_STEPS = 100_000_000;

/**
 * Three-way merge of a text, as version control does it: line by line, and where both sides changed
 * the same lines, word by word. Edits that overlap or touch park: between two people's changes there
 * must be a line, or a word, that neither of them changed.
 *
 * The algorithm is diff3: Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", FSTTCS 2007.
 */
export const text: ColumnRule = createColumnRule({ name: "text", version: "1", mergeColumn });

function mergeColumn({ base, a, b }: ColumnValues): ColumnAnswer {
  if (typeof base !== "string" || typeof a !== "string" || typeof b !== "string") {
    return { problem: "does not hold text on both sides and in the base" };
  }
  if ([base, a, b].some(hidesBytes)) return { problem: "holds text that is not valid UTF-8" };
  return mergeLines({ base, a, b });
}

interface Texts {
  readonly base: string;
  readonly a: string;
  readonly b: string;
}

function mergeLines(texts: Texts): ColumnAnswer {
  const regions = mergePieces(texts, linesOf);
  if (regions === null) return { problem: "holds texts too long to be merged" };
  const merged = regions.map((region) =>
    typeof region === "string" ? { value: region } : mergeWords(region),
  );
  const problem = merged.find((region) => "problem" in region);
  if (problem !== undefined) return problem;
  return { value: merged.map((region) => ("value" in region ? region.value : "")).join("") };
}

function mergeWords(texts: Texts): ColumnAnswer {
  const regions = mergePieces(texts, wordsOf);
  if (regions === null) return { problem: "holds texts too long to be merged" };
  const merged = regions.filter((region) => typeof region === "string");
  if (merged.length < regions.length)
    return { problem: "was changed in the same place on both sides" };
  return { value: merged.join("") };
}

/** Merged pieces as text, and what could not be merged as three texts; `null` where it would take too long. */
function mergePieces(
  { base, a, b }: Texts,
  split: (whole: string) => string[],
): (string | Texts)[] | null {
  const pieces = [split(base), split(a), split(b)];
  const start = commonStart(pieces);
  const end = commonStart(pieces.map((list) => list.slice(start).toReversed()));
  const [o = [], left = [], right = []] = pieces.map((list) =>
    list.slice(start, list.length - end),
  );
  if (steps(o, left) + steps(o, right) > MAX_STEPS) return null;
  const middle = diff3Merge(left, o, right, { excludeFalseConflicts: true }).map(
    ({ ok, conflict }) => {
      if (conflict === undefined) return (ok ?? []).join("");
      return { base: conflict.o.join(""), a: conflict.a.join(""), b: conflict.b.join("") };
    },
  );
  const [whole = []] = pieces;
  return [whole.slice(0, start).join(""), ...middle, whole.slice(whole.length - end).join("")];
}

/** How many pieces all lists begin with: most of a long text, which then need not be compared. */
function commonStart([first = [], ...others]: readonly (readonly string[])[]): number {
  const differs = first.findIndex((piece, index) => others.some((list) => list[index] !== piece));
  return differs < 0 ? first.length : differs;
}

/** Each line with its line break. */
function linesOf(whole: string): string[] {
  return whole.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/**
 * Each word with the space behind it, so that two changed neighbours touch. A word is whatever stands
 * between spaces: 10.5 is one, and is not merged from 11.5 and 10.7.
 */
function wordsOf(whole: string): string[] {
  return whole.match(/\S+\s*|\s+/g) ?? [];
}

/** An upper bound of the steps that comparing `x` with `y` takes. */
function steps(x: readonly string[], y: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const piece of x) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  const equalPairs = y.reduce((total, piece) => total + (counts.get(piece) ?? 0), 0);
  return equalPairs * Math.min(x.length, y.length);
}
