import { markup, joined } from "./markup.ts";
import type { Markup } from "./markup.ts";

/**
 * Characters that a page would drop, show as nothing, take for a space, or let reorder what stands
 * around them. Line breaks are kept as they are; joiners and variation selectors belong to emoji and to
 * several scripts, so that they count as hidden only where two values part.
 */
const HIDDEN =
  /(?!\n)[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00A0\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/u;

/** The same with all that could make two values look alike that are not. */
const HIDDEN_WHERE_VALUES_PART =
  /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u00A0\u1680\u180E\u2000-\u200A\u202F\u205F\u3000\u115F\u1160\u3164\uFFA0\p{Variation_Selector}]|^\p{M}/u;

const PLAIN = /^[ -~\n]*$/;
const PLAIN_LINE = /^[ -~]*$/;

/**
 * Text as a person can check it: what cannot be seen stands as an escape in a mark of its own, such as
 * `\u202e` or `\0`. Spaces and line breaks are left to the style, which keeps them.
 *
 * @param where - `parting`: two values part here, so that everything invisible is shown
 */
export function visibleText(text: string, where: "anywhere" | "parting" = "anywhere"): Markup {
  if ((where === "parting" ? PLAIN_LINE : PLAIN).test(text)) return markup`${text}`;
  const hidden = where === "parting" ? HIDDEN_WHERE_VALUES_PART : HIDDEN;
  // Split with a group in the pattern gives plain text and hidden characters in turns.
  const pieces = text.split(new RegExp(`(${hidden.source})`, "gu"));
  return joined(
    pieces.map((piece, index) => (index % 2 === 0 ? markup`${piece}` : hiddenMark(piece))),
  );
}

/** A mark with the escape of one character; a line break also breaks the line, by the style. */
function hiddenMark(character: string): Markup {
  if (character === "\n") return markup`<i class="x nl">\\n</i>`;
  return markup`<i class="x">${escapeOf(character)}</i>`;
}

/** As JavaScript and most other languages write it. */
function escapeOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (character === "\0") return String.raw`\0`;
  if (character === "\t") return String.raw`\t`;
  if (character === "\r") return String.raw`\r`;
  const hex = point.toString(16);
  if (point <= 0xff) return String.raw`\x${hex.padStart(2, "0")}`;
  return point <= 0xffff ? String.raw`\u${hex.padStart(4, "0")}` : String.raw`\u{${hex}}`;
}
