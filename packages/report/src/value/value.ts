import { storageClassOf, valueToText } from "@sync/model";
import type { SqlValue } from "@sync/model";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { numberText } from "../html/words.ts";
import { folded } from "./fold.ts";
import type { Foldable, OpenEnds } from "./fold.ts";
import type { ValueLimits } from "./limits.ts";

/** Values longer than this are folded. */
const OPEN: OpenEnds = { start: 240, end: 0, word: "more" };
/** Blobs up to this are seen to be short. */
const SHORT_BLOB_BYTES = 16;

/**
 * One value, exactly: text in quotes (`<q>`), blobs as `x'00ff'` (`<code>`), NULL as a word, REAL with a
 * mark that it is one (`1.0`), so that 1, 1.0 and '1' look like three values.
 */
export function valueHtml(value: SqlValue, limits: ValueLimits): Markup {
  if (typeof value === "string")
    return textFrame(folded(foldableText(value), OPEN, limits), value.length);
  if (value instanceof Uint8Array)
    return blobFrame(folded(foldableBlob(value), OPEN, limits), value);
  return plainValue(value);
}

/** A value that is never long: NULL and numbers. */
export function plainValue(value: null | bigint | number): Markup {
  return value === null ? markup`<i class="null">NULL</i>` : markup`${valueToText(value)}`;
}

/** What stands around a text: an element that the style gives its quotes. Folds need a block. */
export function textFrame(content: Markup, length: number): Markup {
  return length > OPEN.start ? markup`<div class="q">${content}</div>` : markup`<q>${content}</q>`;
}

/** What stands around a blob. */
export function blobFrame(content: Markup, blob: Uint8Array): Markup {
  const size =
    blob.length > SHORT_BLOB_BYTES
      ? markup` <small>${numberText(blob.length)} bytes</small>`
      : NOTHING;
  return blob.length > OPEN.start
    ? markup`<div class="code">x'${content}'</div>${size}`
    : markup`<code>x'${content}'</code>${size}`;
}

/** The storage class in words, where two values differ in it. */
export function classNote(value: SqlValue): Markup {
  return value === null ? NOTHING : markup` <small>${storageClassOf(value)}</small>`;
}

/** @param where - `parting` where everything invisible must be seen */
export function foldableText(text: string, where: "anywhere" | "parting" = "anywhere"): Foldable {
  return {
    length: text.length,
    unit: "characters",
    show: (from, to) => visibleText(text.slice(from, to), where),
    cutAt: (index) => wordStart(text, index),
  };
}

export function foldableBlob(blob: Uint8Array): Foldable {
  return {
    length: blob.length,
    unit: "bytes",
    show: (from, to) => markup`${Buffer.from(blob.subarray(from, to)).toString("hex")}`,
    cutAt: (index) => index,
  };
}

/** A word longer than this is cut where it comes. */
const LONG_WORD = 20;

/** The beginning of the word at `index`, or at least not the middle of a surrogate pair. */
function wordStart(text: string, index: number): number {
  if (index <= 0 || index >= text.length) return index;
  const space = /\s\S*$/.exec(text.slice(Math.max(0, index - LONG_WORD), index));
  if (space !== null) return index - space[0].length + 1;
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00 ? index - 1 : index;
}
