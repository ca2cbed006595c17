import { diffWordsWithSpace } from "diff";

/** A stretch of two values that part here and there: it stands in both, or in one of them. */
export interface Stretch<Content> {
  readonly side: "both" | "a" | "b";
  readonly content: Content;
}

/** Texts up to this are compared by words: more would take seconds for a single value. */
const LONGEST_BY_WORDS = 50_000;
/** Below this a text is one thing, such as a name or a number: words in it are not worth a look. */
const SHORTEST_BY_WORDS = 40;
/** So many words come and go at most; beyond that, two texts have little in common. */
const MOST_WORD_EDITS = 300;

/**
 * Where two texts part. The stretches of `both` and `a` together are `a`, those of `both` and `b` are
 * `b`. Deterministic; bounded work for texts of any length.
 */
export function partTexts(a: string, b: string): Stretch<string>[] {
  const start = sharedStart(a, b);
  const end = sharedEnd(a, b, start);
  const [middleA, middleB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const words = partWords(a, b);
  if (words !== null) return words;
  // Two names that begin with the same letter are two names.
  if (start + end < Math.min(a.length, b.length) / 2) {
    return stretches([
      ["a", a],
      ["b", b],
    ]);
  }
  return stretches([
    ["both", a.slice(0, start)],
    ["a", middleA],
    ["b", middleB],
    ["both", a.slice(a.length - end)],
  ]);
}

/** Where two blobs part: what their beginnings and ends do not share. */
export function partBytes(a: Uint8Array, b: Uint8Array): Stretch<Uint8Array>[] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return stretches([
    ["both", a.subarray(0, start)],
    ["a", a.subarray(start, a.length - end)],
    ["b", b.subarray(start, b.length - end)],
    ["both", a.subarray(a.length - end)],
  ]);
}

/** By words, for texts of several; `null` where that is not worth it or would take too long. */
function partWords(a: string, b: string): Stretch<string>[] | null {
  const longest = Math.max(a.length, b.length);
  if (longest < SHORTEST_BY_WORDS || longest > LONGEST_BY_WORDS || !/\s/.test(a + b)) return null;
  const changes = diffWordsWithSpace(a, b, { maxEditLength: MOST_WORD_EDITS });
  if (changes === undefined) return null;
  const parts = changes.map(({ value, added, removed }): SidedText => {
    return [added ? "b" : removed ? "a" : "both", value];
  });
  return stretches(withoutGaps(parts));
}

type SidedText = readonly [side: Stretch<string>["side"], text: string];

/**
 * Words that were replaced one by one read better as one replacement: spaces that are the same between
 * them are taken to both sides of it.
 */
function withoutGaps(parts: readonly SidedText[]): SidedText[] {
  const joined: SidedText[] = [];
  let [a, b] = ["", ""];
  const replace = (): void => {
    const [before, after] = [sharedSpace(a, b, /^\s+/), sharedSpace(a, b, /\s+$/)];
    const inner = (text: string): string => text.slice(before.length, text.length - after.length);
    joined.push(["both", before], ["a", inner(a)], ["b", inner(b)], ["both", after]);
    [a, b] = ["", ""];
  };
  for (const [index, [side, text]] of parts.entries()) {
    const isGap = a + b !== "" && /^[ \t]+$/.test(text) && index < parts.length - 1;
    if (side === "both" && !isGap) {
      replace();
      joined.push([side, text]);
      continue;
    }
    if (side !== "b") a += text;
    if (side !== "a") b += text;
  }
  replace();
  return joined;
}

/** Space that both begin or end with is no difference; nothing where one of them is nothing else. */
function sharedSpace(a: string, b: string, place: RegExp): string {
  if (a.trim() === "" || b.trim() === "") return "";
  const [spaceA = ""] = place.exec(a) ?? [];
  const [spaceB = ""] = place.exec(b) ?? [];
  return spaceA === spaceB ? spaceA : "";
}

/** So that neither a surrogate pair nor a letter and its accents are torn apart. */
function sharedStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  while (length > 0 && (belongsToBefore(a, length) || belongsToBefore(b, length))) length -= 1;
  return length;
}

function sharedEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let length = 0;
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1;
  while (
    length > 0 &&
    (belongsToBefore(a, a.length - length) || belongsToBefore(b, b.length - length))
  )
    length -= 1;
  return length;
}

function belongsToBefore(text: string, index: number): boolean {
  if (index >= text.length || index === 0) return false;
  const unit = text.charCodeAt(index);
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff;
  const isTorn = isLowSurrogate && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800;
  return isTorn || (unit >= 0x300 && /^[\p{M}\u200D]/u.test(text.slice(index, index + 2)));
}

function stretches<Content extends { readonly length: number }>(
  parts: readonly (readonly [Stretch<Content>["side"], Content])[],
): Stretch<Content>[] {
  return parts
    .map(([side, content]) => ({ side, content }))
    .filter(({ content }) => content.length > 0);
}
