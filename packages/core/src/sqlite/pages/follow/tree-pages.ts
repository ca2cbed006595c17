import { createCell, localLimits, readIndexCell, readTableCell } from "../cell.ts";
import type { Cell, TreeKind } from "../cell.ts";
import { CHILD_BYTES, PAGE, PAGE_TYPE } from "../format.ts";
import type { Image, Page } from "../image.ts";
import { NotKnown } from "../not-known.ts";
import { chainNumbers } from "../payload.ts";
import type { Row } from "../payload.ts";
import { readVarint } from "../varint.ts";

/** An interior page, as far as it says where rows are (1.6). */
export interface Interior {
  /** In the order of their keys; one more than there are keys. */
  readonly children: Uint32Array;
  /** Of a rowid table: the largest rowid that each child but the last may hold. */
  readonly keys: BigInt64Array | null;
}

/** What stands on a page that has rows: a leaf, or an interior page of a WITHOUT ROWID table. */
export interface Unit {
  readonly rows: number;
  /** Overflow chains that begin here, by their first page, with the others where they had to be looked for. */
  readonly chains: ReadonlyMap<number, readonly number[] | null>;
}

/** Whether a page is a leaf of a tree of this kind. */
export function isLeafPage({ view }: Page, kind: TreeKind): boolean {
  const type = view.getUint8(PAGE.type);
  const [leaf, interior] =
    kind === "table"
      ? [PAGE_TYPE.tableLeaf, PAGE_TYPE.tableInterior]
      : [PAGE_TYPE.indexLeaf, PAGE_TYPE.indexInterior];
  if (type !== leaf && type !== interior) throw new NotKnown("a page of a table is none");
  return type === leaf;
}

export function readInterior({ view }: Page, kind: TreeKind): Interior {
  const count = view.getUint16(PAGE.cellCount);
  const children = new Uint32Array(count + 1);
  const keys = kind === "table" ? new BigInt64Array(count) : null;
  const key = { high: 0, low: 0 };
  for (let index = 0; index < count; index++) {
    const at = view.getUint16(PAGE.interiorHeaderBytes + 2 * index);
    children[index] = view.getUint32(at);
    if (keys === null) continue;
    readVarint(view, at + CHILD_BYTES, key);
    keys[index] = (BigInt(key.high) << 32n) | BigInt(key.low);
  }
  children[count] = view.getUint32(PAGE.rightmost);
  return { children, keys };
}

/** The rows on a page, each in the same object. */
export function* rowsOn(image: Image, page: Page, kind: TreeKind): Generator<Row> {
  const isLeaf = isLeafPage(page, kind);
  // A rowid table has rows on its leaves only.
  if (!isLeaf && kind === "table") return;
  const { view } = page;
  const limits = localLimits(kind, image.header.usableSize);
  const cell: Cell = createCell();
  const read = kind === "table" ? readTableCell : readIndexCell;
  const headerBytes = isLeaf ? PAGE.leafHeaderBytes : PAGE.interiorHeaderBytes;
  const prefixBytes = isLeaf ? 0 : CHILD_BYTES;
  const count = view.getUint16(PAGE.cellCount);
  for (let index = 0; index < count; index++) {
    read(view, view.getUint16(headerBytes + 2 * index) + prefixBytes, limits, cell);
    yield { image, page, cell };
  }
}

/**
 * Counts a page's rows and finds the pages of their overflow chains.
 *
 * @param isKnownChain - the chain that begins there is known, and none of its pages changed
 */
export function readUnit(
  image: Image,
  page: Page,
  { kind, isKnownChain }: { readonly kind: TreeKind; readonly isKnownChain: IsKnownChain },
): Unit {
  const chains = new Map<number, readonly number[] | null>();
  let rows = 0;
  for (const { cell } of rowsOn(image, page, kind)) {
    rows++;
    const { overflow: head, payloadBytes, localBytes } = cell;
    if (head === 0) continue;
    chains.set(
      head,
      isKnownChain(head)
        ? null
        : [...chainNumbers(image, head, payloadBytes - localBytes)].slice(1),
    );
  }
  return { rows, chains };
}

export type IsKnownChain = (head: number) => boolean;
