import type { TreeKind } from "../cell.ts";
import type { Image } from "../image.ts";
import { NotKnown } from "../not-known.ts";
import { createPageReader, readPage } from "../page-reader.ts";
import { ROLE } from "./page-roles.ts";
import type { PageRoles } from "./page-roles.ts";
import { isLeafPage, readInterior, readUnit } from "./tree-pages.ts";
import type { Interior, Unit } from "./tree-pages.ts";

/** What is known of a table's b-tree: which pages it has, and what they lead to. */
export interface Tree {
  /** By which its pages are told from those of others. */
  readonly id: number;
  readonly root: number;
  readonly kind: TreeKind;
  /** Interior pages by number. What they are is kept, since their former content can be gone from the file. */
  readonly interiors: Map<number, Interior>;
  /** Of all units. */
  rows: number;
}

/** A b-tree has at least two children on each interior page: no file is large enough for more levels. */
const MOST_LEVELS = 40;

/** How many interior pages are above each leaf: the same number for all. */
export function heightOf(
  { root, kind }: Pick<Tree, "root" | "kind">,
  pageOf: (number: number) => { readonly isLeaf: boolean; readonly firstChild: number },
): number {
  let number = root;
  for (let height = 0; height < MOST_LEVELS; height++) {
    const { isLeaf, firstChild } = pageOf(number);
    if (isLeaf) return height;
    number = firstChild;
  }
  throw new NotKnown(`a ${kind} has no leaves`);
}

/** Reads a whole tree, and notes what each of its pages is. */
export function surveyTree(
  image: Image,
  { id, root, kind }: Pick<Tree, "id" | "root" | "kind">,
  roles: PageRoles,
): Tree {
  const tree: Tree = { id, root, kind, interiors: new Map(), rows: 0 };
  const height = heightOf(tree, (number) => {
    const page = readPage(image, number);
    const isLeaf = isLeafPage(page, kind);
    return { isLeaf, firstChild: isLeaf ? 0 : (readInterior(page, kind).children[0] ?? 0) };
  });
  const leaves = createPageReader(image);
  const visit = (number: number, parent: number, level: number): void => {
    const isLeaf = level === height;
    const page = isLeaf ? leaves.page(number) : readPage(image, number);
    if (isLeafPage(page, kind) !== isLeaf) throw new NotKnown("a tree is not of one height");
    const unit = readUnit(image, page, { kind, isKnownChain: () => false });
    const interior = isLeaf ? null : readInterior(page, kind);
    enterUnit(tree, roles, { number, parent, unit, interior });
    for (const child of interior?.children ?? []) visit(child, number, level + 1);
  };
  visit(root, 0, 0);
  return tree;
}

/** A page of a tree as it was just read. */
export interface ReadPage {
  readonly number: number;
  readonly parent: number;
  readonly unit: Unit;
  /** `null`: a leaf. */
  readonly interior: Interior | null;
}

/** Notes what a page of a tree is. */
export function enterUnit(
  tree: Tree,
  roles: PageRoles,
  { number, parent, unit, interior }: ReadPage,
): void {
  const { id } = tree;
  const role = interior === null ? ROLE.leaf : ROLE.interior;
  roles.set(number, { role, tree: id, parent, rows: unit.rows });
  if (interior !== null) tree.interiors.set(number, interior);
  tree.rows += unit.rows;
  for (const [head, links] of unit.chains) {
    roles.set(head, { role: ROLE.chainHead, tree: id, parent: number, rows: 0 });
    for (const link of links ?? [])
      roles.set(link, { role: ROLE.chainLink, tree: id, parent: head, rows: 0 });
  }
}

/** Takes back what was noted about a page with rows; its chains are whoever's they are found to be next. */
export function leaveUnit(tree: Tree, roles: PageRoles, number: number): void {
  if (!roles.isIn(tree.id, number, ROLE.leaf, ROLE.interior)) return;
  tree.rows -= roles.rows(number);
  tree.interiors.delete(number);
  roles.clear(number);
}
