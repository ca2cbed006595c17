import { foldName } from "../identifier.ts";
import type { Token } from "./tokenizer.ts";

/** Is this token the unquoted keyword `keyword` (given in lower case)? */
export function isKeyword(token: Token | undefined, keyword: string): boolean {
  // The length first: nearly all comparisons end there, and folding costs.
  if (token?.type !== "word" || token.text.length !== keyword.length) return false;
  return foldName(token.text) === keyword;
}

/** Is this token the punctuation `text`? */
export function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.type === "punctuation" && token.text === text;
}

/**
 * The name that a token spells, without its quotes; `null` if it cannot be a name. SQLite takes a
 * string literal for a name where only a name can stand (https://www.sqlite.org/quirks.html §8).
 */
export function nameOf(token: Token | undefined): string | null {
  if (token === undefined) return null;
  if (token.type === "word") return token.text;
  if (token.type !== "quoted" && token.type !== "string") return null;
  const quote = token.text.charAt(0);
  const inside = token.text.slice(1, -1);
  return quote === "[" ? inside : inside.replaceAll(quote + quote, quote);
}

/** Tokens as one line of SQL: as written, each gap (white space, comments) made one space. */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) =>
      index > 0 && tokens[index - 1]?.end !== token.start ? ` ${token.text}` : token.text,
    )
    .join("");
}

/** The index of the `)` that closes the `(` at `open`; the end of the tokens if none does. */
export function closingIndex(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (isPunctuation(tokens[index], "(")) depth++;
    else if (isPunctuation(tokens[index], ")") && --depth === 0) return index;
  }
  return tokens.length;
}

/** The tokens inside the parentheses that open at `open`, without them. */
export function insideOf(tokens: readonly Token[], open: number): readonly Token[] {
  return tokens.slice(open + 1, closingIndex(tokens, open));
}

/** The index of the first token outside parentheses, from `from` on, that passes; −1 if none does. */
export function findOutside(
  tokens: readonly Token[],
  from: number,
  passes: (token: Token, index: number) => boolean,
): number {
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index];
    if (token !== undefined && passes(token, index)) return index;
    if (isPunctuation(token, "(")) index = closingIndex(tokens, index);
  }
  return -1;
}

/** Tokens cut at the commas that are not inside parentheses: `a, b(c, d)` gives two lists. */
export function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: (readonly Token[])[] = [];
  let start = 0;
  for (;;) {
    const comma = findOutside(tokens, start, (token) => isPunctuation(token, ","));
    parts.push(tokens.slice(start, comma < 0 ? tokens.length : comma));
    if (comma < 0) return parts;
    start = comma + 1;
  }
}
