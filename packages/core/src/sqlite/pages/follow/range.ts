import { NotKnown } from "../not-known.ts";
import { FIRST_ROWID, LAST_ROWID } from "../sign-tree.ts";
import type { Gap } from "../sign-tree.ts";
import type { PageRoles } from "./page-roles.ts";
import type { Tree } from "./tree.ts";

/**
 * The rowids that the pages above a leaf leave to it, both ends included: it holds no others, and no other leaf
 * holds one of them (1.6).
 */
export function rangeOf(leaf: number, { interiors }: Tree, roles: PageRoles): Gap {
  let from: bigint | null = null;
  let to: bigint | null = null;
  for (let child = leaf, page = roles.parent(leaf); page !== 0;) {
    const { children, keys } = interiors.get(page) ?? {};
    const place = children?.indexOf(child) ?? -1;
    if (place < 0) throw new NotKnown("a page is not where it was");
    to ??= keys?.[place] ?? null;
    if (place > 0 && from === null) from = (keys?.[place - 1] ?? LAST_ROWID) + 1n;
    if (from !== null && to !== null) break;
    child = page;
    page = roles.parent(page);
  }
  return { from: from ?? FIRST_ROWID, to: to ?? LAST_ROWID };
}
