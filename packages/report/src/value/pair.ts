import { sameValue, storageClassOf } from "@sync/model";
import type { Side, SqlValue } from "@sync/model";
import { NOTHING, markup, joined } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { folded } from "./fold.ts";
import type { Foldable, OpenEnds } from "./fold.ts";
import type { ValueLimits } from "./limits.ts";
import { partBytes, partTexts } from "./parting.ts";
import type { Stretch } from "./parting.ts";
import { blobFrame, classNote, foldableBlob, foldableText, textFrame, valueHtml } from "./value.ts";

/** What differs stands open as far as a reader will follow it. */
const DIFFERENT: OpenEnds = { start: 1500, end: 200, word: "more that differ" };
/** So much of what is the same stands around what differs, and at the beginning and end of a value. */
const AROUND = 80;
const AT_THE_EDGE = 40;

/** Two values that differ, as `a` and as `b` have it, with what differs marked in both. */
export function pairHtml(a: SqlValue, b: SqlValue, limits: ValueLimits): readonly [Markup, Markup] {
  if (sameValue(a, b)) return [unseenDifference(a, limits), unseenDifference(b, limits)];
  if (typeof a === "string" && typeof b === "string") {
    const show = stretchesOf(partTexts(a, b), foldableText, limits);
    return [textFrame(show("a"), a.length), textFrame(show("b"), b.length)];
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const show = stretchesOf(partBytes(a, b), foldableBlob, limits);
    return [blobFrame(show("a"), a), blobFrame(show("b"), b)];
  }
  const withClass = a !== null && b !== null && storageClassOf(a) !== storageClassOf(b);
  return [wholly("a", a, { withClass, limits }), wholly("b", b, { withClass, limits })];
}

/** Text is read with U+FFFD for what is not valid in it: two values can look the same and not be. */
function unseenDifference(value: SqlValue, limits: ValueLimits): Markup {
  return markup`${valueHtml(value, limits)} <small>differs in bytes that are not valid text</small>`;
}

/** The stretches of one side, in their order; those of the other side are left out. */
function stretchesOf<Content>(
  stretches: readonly Stretch<Content>[],
  foldable: (content: Content, where: "anywhere" | "parting") => Foldable,
  limits: ValueLimits,
): (side: Side) => Markup {
  return (side) =>
    joined(
      stretches.map((stretch, index) => {
        if (stretch.side === side) {
          return differing(side, folded(foldable(stretch.content, "parting"), DIFFERENT, limits));
        }
        if (stretch.side !== "both") return NOTHING;
        const ends = endsOfSame({ isFirst: index === 0, isLast: index === stretches.length - 1 });
        return folded(foldable(stretch.content, "anywhere"), ends, limits);
      }),
    );
}

function endsOfSame({ isFirst, isLast }: { isFirst: boolean; isLast: boolean }): OpenEnds {
  return {
    start: isFirst ? AT_THE_EDGE : AROUND,
    end: isLast ? AT_THE_EDGE : AROUND,
    word: "the same",
  };
}

/** Values that have nothing to compare within: numbers, NULL, and different storage classes. */
function wholly(
  side: Side,
  value: SqlValue,
  { withClass, limits }: { readonly withClass: boolean; readonly limits: ValueLimits },
): Markup {
  const shown = differing(side, valueHtml(value, limits));
  return withClass ? markup`${shown}${classNote(value)}` : shown;
}

/** Told apart by the element, a line below it and weight, not by colour alone. */
function differing(side: Side, content: Markup): Markup {
  return side === "a" ? markup`<del>${content}</del>` : markup`<ins>${content}</ins>`;
}
