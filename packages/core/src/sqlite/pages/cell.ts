import type { Wide } from "./varint.ts";
import { readVarint } from "./varint.ts";
import { NotKnown } from "./not-known.ts";

/** Whose cells these are: a rowid table's leaf, or an index b-tree, which a WITHOUT ROWID table is (2.4). */
export type TreeKind = "table" | "index";

/** How many bytes of a payload a cell keeps on its own page (1.6, "cell payload overflow"). */
export interface LocalLimits {
  readonly usableSize: number;
  /** A payload up to here has no overflow: X. */
  readonly largest: number;
  /** With overflow, at least this much is kept: M. */
  readonly smallest: number;
}

/** A row as it stands on its page. Read into the same object again and again: none is made for each row. */
export interface Cell extends Wide {
  /** `high` and `low` are the rowid; 0 in an index. */
  payloadBytes: number;
  /** Where the payload, or its first part, stands. */
  localAt: number;
  localBytes: number;
  /** The first overflow page, or 0. */
  overflow: number;
}

export function createCell(): Cell {
  return { high: 0, low: 0, payloadBytes: 0, localAt: 0, localBytes: 0, overflow: 0 };
}

/** The limits in SQLite's own words: X and M (1.6). */
export function localLimits(kind: TreeKind, usableSize: number): LocalLimits {
  const smallest = Math.floor(((usableSize - 12) * 32) / 255) - 23;
  const largest =
    kind === "table" ? usableSize - 35 : Math.floor(((usableSize - 12) * 64) / 255) - 23;
  return { usableSize, largest, smallest };
}

/** A cell of a table leaf: payload size, rowid, payload, first overflow page (1.6). */
export function readTableCell(view: DataView, at: number, limits: LocalLimits, into: Cell): void {
  const afterSize = readVarint(view, at, into);
  const size = into.high === 0 ? into.low : -1;
  const afterRowid = readVarint(view, afterSize, into);
  placePayload(view, { at: afterRowid, size }, limits, into);
}

/** A cell of an index page, after the left child pointer that interior ones have in front: the same without rowid. */
export function readIndexCell(view: DataView, at: number, limits: LocalLimits, into: Cell): void {
  const afterSize = readVarint(view, at, into);
  const size = into.high === 0 ? into.low : -1;
  into.high = 0;
  into.low = 0;
  placePayload(view, { at: afterSize, size }, limits, into);
}

/** SQLite has no larger value or row: its highest SQLITE_MAX_LENGTH (https://www.sqlite.org/limits.html). */
const LARGEST_PAYLOAD = 2 ** 31 - 1;

function placePayload(
  view: DataView,
  { at, size }: { readonly at: number; readonly size: number },
  { usableSize, largest, smallest }: LocalLimits,
  into: Cell,
): void {
  if (size < 0 || size > LARGEST_PAYLOAD) throw new NotKnown("a cell has an impossible size");
  into.payloadBytes = size;
  into.localAt = at;
  if (size <= largest) {
    if (at + size > view.byteLength) throw new NotKnown("a cell reaches beyond its page");
    into.localBytes = size;
    into.overflow = 0;
    return;
  }
  const fitting = smallest + ((size - smallest) % (usableSize - 4));
  into.localBytes = fitting <= largest ? fitting : smallest;
  into.overflow = view.getUint32(at + into.localBytes);
  if (into.overflow === 0) throw new NotKnown("a cell's overflow is missing");
}
