import { escapeUTF8 } from "entities/escape";

/**
 * Markup that is safe to stand in a page, told apart from text by its type: only this file makes it.
 *
 * What was escaped holds no `<`, `>`, `&`, `"` or `'`, so that it is safe in an element, in a quoted
 * attribute and in a `<noscript>`.
 */
export interface Markup {
  readonly text: string;
  readonly [isMarkup]: true;
}

declare const isMarkup: unique symbol;

/** What a template may hold: text is escaped, markup stands as it is, lists stand one after the other. */
type Part = string | number | Markup | readonly Markup[];

/**
 * Makes markup of a template whose own text is trusted; what is put into it is escaped.
 *
 * Not called `html`: formatters break the lines of such templates, and a page keeps the spaces of values.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = texts[0] ?? "";
  parts.forEach((part, index) => {
    text += textOf(part) + (texts[index + 1] ?? "");
  });
  return trusted(text);
}

/** Nothing at all, for a part that is left out. */
export const NOTHING: Markup = trusted("");

/**
 * Markup that was made elsewhere: the page's own style and script, and nothing that a database holds.
 *
 * @param text - from a constant of this package
 */
export function ownMarkup(text: string): Markup {
  return trusted(text);
}

/** Puts pieces one after the other. */
export function joined(pieces: readonly Markup[], between = ""): Markup {
  return trusted(pieces.map(({ text }) => text).join(escapeUTF8(between)));
}

function textOf(part: Part): string {
  if (typeof part === "string") return escapeUTF8(part);
  if (typeof part === "number") return String(part);
  return isList(part) ? part.map(({ text }) => text).join("") : part.text;
}

function isList(part: Markup | readonly Markup[]): part is readonly Markup[] {
  return Array.isArray(part);
}

/** The one place where text becomes markup: all of it was escaped or written by us. */
function trusted(text: string): Markup {
  return { text } as Markup;
}
