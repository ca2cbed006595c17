import type { Image } from "../image.ts";
import { EVERYWHERE, MOST_KEY_GAPS, keyAtEnd } from "../key-gap.ts";
import type { KeyGap } from "../key-gap.ts";
import { NotKnown } from "../not-known.ts";
import type { PageRoles } from "./page-roles.ts";
import type { Tree } from "./tree.ts";

/** Where to look for the next leaf. */
type Way = -1 | 1;

/**
 * The ranges of keys in which units of an index b-tree stood that were written or are gone: each from the last
 * key of the nearest leaf before it that is as it was, up to the first key of the nearest one behind it. What was put
 * there meanwhile and is gone again lies in between, too.
 *
 * @param left - units that were written or are gone, in the tree's former shape, which `tree` still has
 */
export function keyGapsOf(
  image: Image,
  { tree, roles, left, parts }: FormerUnits,
): readonly KeyGap[] {
  const nearest = { [-1]: new Map<number, number>(), [1]: new Map<number, number>() } as const;
  const near = (leaf: number, way: Way): number => {
    const passed: number[] = [];
    let at = leaf;
    while (at !== 0 && left.has(at)) {
      const known = nearest[way].get(at);
      if (known === undefined) passed.push(at);
      at = known ?? nextLeaf(at, way, { tree, roles });
    }
    for (const one of passed) nearest[way].set(one, at);
    return at;
  };
  const ranges = new Map<string, readonly [number, number]>();
  for (const unit of left) {
    // The rows of an interior page stand between its first child's and its last child's.
    const children = tree.interiors.get(unit)?.children;
    const from = near(edgeLeaf(children?.[0] ?? unit, 1, tree), -1);
    const to = near(edgeLeaf(children?.at(-1) ?? unit, -1, tree), 1);
    ranges.set(`${from},${to}`, [from, to]);
    if (ranges.size > MOST_KEY_GAPS) return EVERYWHERE;
  }
  return [...ranges.values()].map(([from, to]) => ({
    after: from === 0 ? null : keyAtEnd(image, from, { end: "last", parts }),
    before: to === 0 ? null : keyAtEnd(image, to, { end: "first", parts }),
  }));
}

export interface FormerUnits {
  readonly tree: Tree;
  readonly roles: PageRoles;
  readonly left: ReadonlySet<number>;
  /** Of which a key consists. */
  readonly parts: number;
}

/** The first (-1) or the last leaf (1) below a page; the page itself, if it is a leaf. */
function edgeLeaf(page: number, edge: Way, tree: Tree): number {
  const children = tree.interiors.get(page)?.children;
  if (children === undefined) return page;
  return edgeLeaf((edge === -1 ? children[0] : children.at(-1)) ?? 0, edge, tree);
}

/** The leaf beside another one; 0: there is none. */
function nextLeaf(
  leaf: number,
  way: Way,
  { tree, roles }: Pick<FormerUnits, "tree" | "roles">,
): number {
  for (let child = leaf, page = roles.parent(leaf); page !== 0;) {
    const children = tree.interiors.get(page)?.children;
    const place = children?.indexOf(child) ?? -1;
    if (place < 0) throw new NotKnown("a page is not where it was");
    const sibling = children?.[place + way];
    if (sibling !== undefined) return edgeLeaf(sibling, way === 1 ? -1 : 1, tree);
    child = page;
    page = roles.parent(page);
  }
  return 0;
}
