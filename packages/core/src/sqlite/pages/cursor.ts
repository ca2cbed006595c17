import { createCell, localLimits, readIndexCell, readTableCell } from "./cell.ts";
import type { Cell, LocalLimits, TreeKind } from "./cell.ts";
import { CHILD_BYTES, PAGE, PAGE_TYPE } from "./format.ts";
import type { Image, Page } from "./image.ts";
import { NotKnown } from "./not-known.ts";
import { createPageReader, readPage } from "./page-reader.ts";
import type { PageReader } from "./page-reader.ts";

/** A b-tree has at least two children on each interior page: no file is large enough for more levels. */
const MOST_LEVELS = 40;

/** What two trees have in common. */
export interface CommonPages {
  /** How many rows a leaf holds that both have under this number, wholly the same; else `null`. */
  rowsOn(leaf: number): number | null;
  /** An interior page is in both, wholly the same, overflow of its rows included. */
  isWhole(page: number): boolean;
}

/** An interior page on the way to where the cursor stands, and which of its children that is. */
interface Level {
  readonly number: number;
  readonly page: Page;
  readonly cellCount: number;
  child: number;
}

/**
 * Walks the rows of a b-tree in the order of their keys (1.6): in a rowid table's tree those of the
 * leaves, in a WITHOUT ROWID table's tree also those on interior pages, each between its two children.
 * A leaf that is passed over is not even read. Memory: one page for each level.
 */
export class TreeCursor {
  readonly image: Image;
  readonly cell: Cell = createCell();
  /** The leaf that the cursor is on or, between two leaves, 0. */
  leaf = 0;
  /** No row of the leaf was left behind yet. */
  isAtStart = false;
  isDone = false;
  /** Rows left behind so far. */
  rows = 0;
  /** Where the cursor's row stands. */
  page: Page;
  readonly #kind: TreeKind;
  readonly #limits: LocalLimits;
  readonly #reader: PageReader;
  readonly #levels: Level[] = [];
  /** How many interior pages are above each leaf: the same number for all. */
  #height = 0;
  #isRead = false;
  #index = 0;
  #cellCount = 0;

  /** @param isWanted - whether the cursor will want to read a leaf; by default it may want each */
  constructor(image: Image, root: number, kind: TreeKind, isWanted?: (leaf: number) => boolean) {
    this.image = image;
    this.#kind = kind;
    this.#limits = localLimits(kind, image.header.usableSize);
    this.#reader = createPageReader(image, isWanted);
    this.page = this.#reader.page(root);
    this.#height = heightOf(image, root, kind);
    this.#descend(root);
  }

  /** Reads the row that the cursor stands on into `cell`; past an empty leaf, the next one. */
  settle(): void {
    while (!this.isDone && this.leaf !== 0) {
      if (!this.#isRead) this.#readLeaf();
      if (this.#index < this.#cellCount) {
        this.#readCell(this.#index, PAGE.leafHeaderBytes);
        return;
      }
      this.#leaveLeaf();
    }
  }

  /** Goes to the next row. */
  advance(): void {
    this.rows++;
    if (this.leaf === 0) {
      this.#nextChild();
      return;
    }
    this.#index++;
    this.isAtStart = false;
    if (this.#index >= this.#cellCount) this.#leaveLeaf();
  }

  /** Goes past the leaf that the cursor stands at the start of. */
  skipLeaf(rows: number): void {
    this.rows += rows;
    this.#leaveLeaf();
  }

  /**
   * Goes past the leaf at whose start this cursor and another one stand, and past those that follow it in both trees
   * under the same numbers, as far as the pages above them tell and as long as they are shared.
   *
   * @returns false where the trees do not share this leaf
   */
  skipShared(other: TreeCursor, shared: CommonPages): boolean {
    const rows = shared.rowsOn(this.leaf);
    if (rows === null) return false;
    const [here, there] = [this.#levels.at(-1), other.#levels.at(-1)];
    const more = here && there ? this.#passSiblings(here, there, shared) : 0;
    this.skipLeaf(rows + more);
    other.skipLeaf(rows + more);
    return true;
  }

  /** @returns how many rows the shared leaves hold that follow, and what stands between them */
  #passSiblings(here: Level, there: Level, shared: CommonPages): number {
    // In an index b-tree a row stands between two leaves; they are the same if the whole page is.
    const isOnePlace = here.number === there.number && here.child === there.child;
    const isPassable = this.#kind === "table" || (isOnePlace && shared.isWhole(here.number));
    if (!isPassable) return 0;
    const between = this.#kind === "table" ? 0 : 1;
    for (let rows = 0; ;) {
      const next = childAt(here, here.child + 1);
      const more = next === childAt(there, there.child + 1) ? shared.rowsOn(next) : null;
      if (more === null) return rows;
      rows += between + more;
      here.child++;
      there.child++;
    }
  }

  /** How many rows the tree has, judged by the pages above and around the cursor. */
  estimateRows(): number {
    this.settle();
    return this.#levels.reduce((rows, { cellCount }) => rows * (cellCount + 1), this.#cellCount);
  }

  #descend(page: number): void {
    let number = page;
    while (this.#levels.length < this.#height) {
      const level = readLevel(this.image, number, this.#kind);
      this.#levels.push(level);
      number = childAt(level, level.child);
    }
    this.leaf = number;
    this.isAtStart = true;
    this.#isRead = false;
    this.#index = 0;
    this.#cellCount = 0;
  }

  #readLeaf(): void {
    this.page = this.#reader.page(this.leaf);
    const { view } = this.page;
    const type = this.#kind === "table" ? PAGE_TYPE.tableLeaf : PAGE_TYPE.indexLeaf;
    if (view.getUint8(PAGE.type) !== type) throw new NotKnown("a leaf is none");
    this.#cellCount = view.getUint16(PAGE.cellCount);
    this.#isRead = true;
  }

  #readCell(index: number, headerBytes: number, prefixBytes = 0): void {
    const { view } = this.page;
    const at = view.getUint16(headerBytes + 2 * index) + prefixBytes;
    if (this.#kind === "table") readTableCell(view, at, this.#limits, this.cell);
    else readIndexCell(view, at, this.#limits, this.cell);
  }

  /** To the row between this leaf and the next, in a tree that has rows there, else to the next leaf. */
  #leaveLeaf(): void {
    this.leaf = 0;
    this.isAtStart = false;
    let level = this.#levels.at(-1);
    while (level !== undefined && level.child === level.cellCount) {
      this.#levels.pop();
      level = this.#levels.at(-1);
    }
    if (level === undefined) this.isDone = true;
    else if (this.#kind === "table") this.#nextChild();
    else {
      this.page = level.page;
      this.#readCell(level.child, PAGE.interiorHeaderBytes, CHILD_BYTES);
    }
  }

  #nextChild(): void {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new NotKnown("a tree ends too early");
    level.child++;
    this.#descend(childAt(level, level.child));
  }
}

/** The page number of a child; 0, which is no page, behind the last one. */
function childAt({ page: { view }, cellCount }: Level, child: number): number {
  if (child > cellCount) return 0;
  if (child === cellCount) return view.getUint32(PAGE.rightmost);
  return view.getUint32(view.getUint16(PAGE.interiorHeaderBytes + 2 * child));
}

function readLevel(image: Image, number: number, kind: TreeKind): Level {
  const page = readPage(image, number);
  const type = kind === "table" ? PAGE_TYPE.tableInterior : PAGE_TYPE.indexInterior;
  if (page.view.getUint8(PAGE.type) !== type) throw new NotKnown("an interior page is none");
  return { number, page, cellCount: page.view.getUint16(PAGE.cellCount), child: 0 };
}

function heightOf(image: Image, root: number, kind: TreeKind): number {
  const leaf = kind === "table" ? PAGE_TYPE.tableLeaf : PAGE_TYPE.indexLeaf;
  let number = root;
  for (let height = 0; height < MOST_LEVELS; height++) {
    if (readPage(image, number).view.getUint8(PAGE.type) === leaf) return height;
    number = childAt(readLevel(image, number, kind), 0);
  }
  throw new NotKnown("a tree has no leaves");
}
