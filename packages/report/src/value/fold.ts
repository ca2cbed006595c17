import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { numberText } from "../html/words.ts";
import type { ValueLimits } from "./limits.ts";

/** A part of a value that is folded away if it is long. */
export interface Foldable {
  readonly length: number;
  /** `characters` or `bytes`. */
  readonly unit: string;
  /** The markup of a part of it. Borders may move by one, so that no character is torn apart. */
  readonly show: (from: number, to: number) => Markup;
  /** The nearest place at or before `index` where it can be cut. */
  readonly cutAt: (index: number) => number;
}

/** How much of a long part stands open, at its beginning and at its end. */
export interface OpenEnds {
  readonly start: number;
  readonly end: number;
  /** Said of what is folded away: `the same`, `more`. */
  readonly word: string;
}

/** Less than this is not worth a fold: the words on it would be as long. */
const LEAST_FOLDED = 60;

/**
 * A part of a value with its middle folded away, to be opened where the reader wants it: nothing is
 * left out, unless it is longer than what a page should hold.
 */
export function folded(
  part: Foldable,
  { start, end, word }: OpenEnds,
  limits: ValueLimits,
): Markup {
  const { length, unit, show } = part;
  const from = part.cutAt(Math.min(start, length));
  const to = part.cutAt(Math.max(length - end, from));
  if (to - from < LEAST_FOLDED) return show(0, length);
  const until = part.cutAt(Math.min(to, from + limits.longest));
  const rest =
    until === to
      ? NOTHING
      : markup` <b class="cut">${numberText(to - until)} ${unit} are left out of this page</b> `;
  const title = `${numberText(to - from)} ${unit} ${word}`;
  return markup`${show(0, from)}<details class="fold"><summary>${title}</summary>${show(from, until)}${rest}</details>${show(to, length)}`;
}
