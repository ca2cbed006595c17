import type { Image } from "../image.ts";
import type { KeyGap } from "../key-gap.ts";
import { NotKnown } from "../not-known.ts";
import { readPage } from "../page-reader.ts";
import type { Gap } from "../sign-tree.ts";
import { keyGapsOf } from "./key-range.ts";
import { ROLE } from "./page-roles.ts";
import type { PageRoles } from "./page-roles.ts";
import { rangeOf } from "./range.ts";
import { enterUnit, heightOf, leaveUnit } from "./tree.ts";
import type { ReadPage, Tree } from "./tree.ts";
import { isLeafPage, readInterior, readUnit } from "./tree-pages.ts";
import type { Interior } from "./tree-pages.ts";

/** What became of a tree, found without touching what is known of it. */
export interface TreeChange {
  /** Units that were read anew: written, new, or with an overflow page that was. */
  readonly read: readonly ReadPage[];
  /** Children of interior pages that were written, with those; most of them stayed as they were. */
  readonly parents: ReadonlyMap<number, number>;
  /** Units that were written or are gone, in their former shape. */
  readonly left: readonly number[];
  /** Of a rowid table: the ranges of rowids that leaves answered for which were written or are gone. */
  readonly gaps: readonly Gap[];
  /** Of an index b-tree: the ranges of keys that were theirs. */
  readonly keyGaps: readonly KeyGap[];
}

/**
 * Finds what changed in a tree from the numbers of all pages that were written.
 *
 * Why no row is missed: a row that is there now stands on a page that was written since, and then its page is read
 * here, or on one that was not, and then the row is as it was. (Its overflow pages belong to the page it stands
 * on.) A row of a rowid table that is gone stood on a leaf that was written or is gone, in the range that the
 * keys above that leaf left to it; interior pages part all rowids without a gap. One of an index b-tree stood
 * between leaves that are as they were, see `key-range.ts`.
 *
 * @returns `null`: nothing did
 * @throws NotKnown where the pages do not fit what is known of the tree
 */
export function findTreeChange(
  image: Image,
  { tree, roles, keyParts }: FollowedTree,
  written: ReadonlySet<number>,
): TreeChange | null {
  const touched = touchedIn(tree, roles, written);
  if (touched.units.size === 0) return null;
  const walk = new Walk(image, { tree, roles }, { written, touched });
  walk.start();
  const lost = new Set<number>();
  for (const page of touched.units) {
    if (written.has(page)) addLost(page, tree, walk.parents, lost);
  }
  const left = new Set([...touched.units, ...lost]);
  const leaves = [...left].filter((page) => roles.role(page) === ROLE.leaf);
  const isTable = tree.kind === "table";
  return {
    read: walk.read,
    parents: walk.parents,
    left: [...left],
    gaps: isTable ? leaves.map((page) => rangeOf(page, tree, roles)) : [],
    keyGaps: isTable ? [] : keyGapsOf(image, { tree, roles, left, parts: keyParts }),
  };
}

/** First of two steps that make what is known of trees what they are now: all leave what they had, then all enter. */
export function leaveFormer({ tree, roles }: KnownTree, { left }: TreeChange): void {
  for (const page of left) leaveUnit(tree, roles, page);
}

/** The second step: a page that went from one tree to another is entered once nobody has it any more. */
export function enterPresent({ tree, roles }: KnownTree, { read, parents }: TreeChange): void {
  for (const [child, parent] of parents) {
    if (roles.isIn(tree.id, child, ROLE.leaf, ROLE.interior)) roles.setParent(child, parent);
  }
  for (const page of read) enterUnit(tree, roles, page);
}

/** A tree, and of an index b-tree how many fields of its rows are the key. */
export interface FollowedTree extends KnownTree {
  readonly keyParts: number;
}

export interface KnownTree {
  readonly tree: Tree;
  readonly roles: PageRoles;
}

interface Touched {
  /** Pages with rows, or leading to them, that were written or whose chains were. */
  readonly units: ReadonlySet<number>;
  /** Heads of chains of which a page was written. */
  readonly chains: ReadonlySet<number>;
  /** Interior pages on the way from the root to these units. */
  readonly above: ReadonlySet<number>;
}

function touchedIn(tree: Tree, roles: PageRoles, written: ReadonlySet<number>): Touched {
  const units = new Set<number>();
  const chains = new Set<number>();
  const above = new Set<number>();
  for (const page of written) {
    if (roles.tree(page) !== tree.id) continue;
    const role = roles.role(page);
    if (role === ROLE.none) continue;
    const head = role === ROLE.chainLink ? roles.parent(page) : page;
    const isChain = role === ROLE.chainHead || role === ROLE.chainLink;
    if (isChain) chains.add(head);
    const unit = isChain ? roles.parent(head) : page;
    // A chain whose row is gone is nobody's, until somebody else's row has its pages.
    if (roles.isIn(tree.id, unit, ROLE.leaf, ROLE.interior)) units.add(unit);
  }
  for (const unit of units) {
    for (let page = roles.parent(unit); page !== 0 && !above.has(page); page = roles.parent(page))
      above.add(page);
  }
  return { units, chains, above };
}

/**
 * Adds the children that an interior page had which was written or is gone, and that no page has now, with all
 * below them. Pages that are freed need not be written.
 */
function addLost(
  page: number,
  tree: Tree,
  parents: ReadonlyMap<number, number>,
  lost: Set<number>,
): void {
  for (const child of tree.interiors.get(page)?.children ?? []) {
    if (parents.has(child) || lost.has(child)) continue;
    lost.add(child);
    addLost(child, tree, parents, lost);
  }
}

/** A walk over the part of a tree that was written. */
class Walk {
  readonly read: ReadPage[] = [];
  readonly parents = new Map<number, number>();
  readonly #image: Image;
  readonly #known: KnownTree;
  readonly #written: ReadonlySet<number>;
  readonly #touched: Touched;

  constructor(
    image: Image,
    known: KnownTree,
    { written, touched }: { readonly written: ReadonlySet<number>; readonly touched: Touched },
  ) {
    this.#image = image;
    this.#known = known;
    this.#written = written;
    this.#touched = touched;
  }

  start(): void {
    const { tree } = this.#known;
    const height = heightOf(tree, (number) => this.#look(number));
    this.#visit(tree.root, 0, height);
  }

  /** @param levels - how many are below this page */
  #visit(number: number, parent: number, levels: number): void {
    const { tree } = this.#known;
    const isLeaf = levels === 0;
    if (this.#isToRead(number)) {
      const page = this.#readPage(number, parent);
      if ((page.interior === null) !== isLeaf) throw new NotKnown("a tree is not of one height");
    }
    if (isLeaf) return;
    const isWritten = this.#written.has(number);
    const interior = isWritten ? this.read.at(-1)?.interior : tree.interiors.get(number);
    if (interior === null || interior === undefined)
      throw new NotKnown("an interior page came from nowhere");
    for (const child of interior.children) {
      if (isWritten) this.#adopt(child, number, levels - 1);
      if (this.#isToRead(child) || this.#touched.above.has(child))
        this.#visit(child, number, levels - 1);
    }
  }

  #isToRead(number: number): boolean {
    return this.#written.has(number) || this.#touched.units.has(number);
  }

  #adopt(child: number, parent: number, levels: number): void {
    const { tree, roles } = this.#known;
    if (this.parents.has(child)) throw new NotKnown("a page has two parents");
    this.parents.set(child, parent);
    if (this.#written.has(child)) return;
    const role = levels === 0 ? ROLE.leaf : ROLE.interior;
    if (!roles.isIn(tree.id, child, role)) throw new NotKnown("a page came from nowhere");
  }

  #readPage(number: number, parent: number): ReadPage {
    const { kind, id } = this.#known.tree;
    const { roles } = this.#known;
    const page = readPage(this.#image, number);
    const interior = isLeafPage(page, kind) ? null : readInterior(page, kind);
    const isKnownChain = (head: number): boolean =>
      roles.isIn(id, head, ROLE.chainHead) &&
      !this.#touched.chains.has(head) &&
      !this.#written.has(head);
    const unit = readUnit(this.#image, page, { kind, isKnownChain });
    const read = { number, parent, unit, interior };
    this.read.push(read);
    return read;
  }

  /** Where the tree's first way down leads, for its height. */
  #look(number: number): { readonly isLeaf: boolean; readonly firstChild: number } {
    const { tree } = this.#known;
    if (!this.#written.has(number)) {
      const firstChild = tree.interiors.get(number)?.children[0] ?? 0;
      return { isLeaf: firstChild === 0, firstChild };
    }
    const page = readPage(this.#image, number);
    const isLeaf = isLeafPage(page, tree.kind);
    const first: Interior | null = isLeaf ? null : readInterior(page, tree.kind);
    return { isLeaf, firstChild: first?.children[0] ?? 0 };
  }
}
