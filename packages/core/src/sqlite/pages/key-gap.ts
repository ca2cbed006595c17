import { createCell, localLimits, readIndexCell } from "./cell.ts";
import type { TreeCursor } from "./cursor.ts";
import { PAGE, SERIAL_TYPE } from "./format.ts";
import type { Image } from "./image.ts";
import { keyFields } from "./key-order.ts";
import { encodeKey } from "./keys.ts";
import { readPage } from "./page-reader.ts";
import type { Row } from "./payload.ts";

/**
 * A stretch of an index b-tree that no unit which is as it was answers for: what stood there and is gone had its
 * key between these two, neither of them included. Keys are as `keys.ts` writes them; `null`: up to that end of the
 * tree.
 */
export interface KeyGap {
  readonly after: Uint8Array | null;
  readonly before: Uint8Array | null;
}

/** Gathers the gaps between units that are as they were. */
export interface KeyGaps {
  /** The unit that the cursor stands at the start of is as it was, under this place. Units come in their order. */
  answer(unit: number): void;
  gaps(): KeyGap[];
}

/** Nothing is known of where rows are gone. */
export const EVERYWHERE: readonly KeyGap[] = [{ after: null, before: null }];

/** More would take more room than they save. */
export const MOST_KEY_GAPS = 50_000;

/**
 * A row that is gone stood on a unit that is not as it was, between its neighbours that are. Their own rows bound
 * it: the last one of the leaf before, the first one of the unit behind. (A row between two leaves that is as it was
 * is no bound for what comes behind it: it is not read again.)
 *
 * @param units - how many are remembered
 * @param parts - of which a key consists
 */
export function createKeyGaps(cursor: TreeCursor, units: number, parts: number): KeyGaps {
  const found: KeyGap[] = [];
  /** Up to this unit everything is answered for, or in a gap. */
  let next = 0;
  /** The leaf before, which is as it was; 0: there is none. */
  let leaf = 0;
  const start = (): Uint8Array | null =>
    leaf === 0 ? null : keyAtEnd(cursor.image, leaf, { end: "last", parts });
  return {
    answer: (unit) => {
      if (unit !== next && found.length <= MOST_KEY_GAPS)
        found.push({ after: start(), before: keyOf(cursor, parts) });
      next = unit + 1;
      if (cursor.leaf !== 0) leaf = cursor.leaf;
    },
    gaps: () => {
      if (next === 0 || next < units) found.push({ after: start(), before: null });
      return found.length > MOST_KEY_GAPS ? [...EVERYWHERE] : found;
    },
  };
}

/** The key of the first or the last row of a leaf of an index b-tree. */
export function keyAtEnd(
  image: Image,
  leaf: number,
  { end, parts }: { readonly end: "first" | "last"; readonly parts: number },
): Uint8Array | null {
  const page = readPage(image, leaf);
  const rows = page.view.getUint16(PAGE.cellCount);
  if (rows === 0) return null;
  const cell = createCell();
  const place = PAGE.leafHeaderBytes + 2 * (end === "first" ? 0 : rows - 1);
  const limits = localLimits("index", image.header.usableSize);
  readIndexCell(page.view, page.view.getUint16(place), limits, cell);
  return keyOf({ image, page, cell }, parts);
}

/** A key with NULL bounds nothing in SQL: nothing is less or greater than it. */
function keyOf(row: Row, parts: number): Uint8Array | null {
  const { view, fields } = keyFields(row, parts);
  return fields.some(({ type }) => type === SERIAL_TYPE.null) ? null : encodeKey(view, fields);
}
