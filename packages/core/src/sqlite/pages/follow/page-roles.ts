/** What a page is in the tree it belongs to. */
export const ROLE = {
  /** Of no tree that is followed: free, of an index, of the schema. */
  none: 0,
  leaf: 1,
  interior: 2,
  /** The first page of an overflow chain; its parent is the page with the row. */
  chainHead: 3,
  /** Any other page of a chain; its parent is the chain's head. */
  chainLink: 4,
} as const;

export type Role = (typeof ROLE)[keyof typeof ROLE];

/** A page that belongs to a tree. */
export interface PageRole {
  readonly role: Role;
  /** Which of the trees that are followed. */
  readonly tree: number;
  /** The page that leads to it; 0 for a root. */
  readonly parent: number;
  /** Rows that stand on it. */
  readonly rows: number;
}

const ROLE_BITS = 3;

/**
 * The role of every page of a database, by its number: eight bytes a page, so that a database of 4 GB takes
 * 8 MB. It is what leads from a page that changed to the rows that may have.
 */
export class PageRoles {
  /** The role in the lowest bits, the tree in the others. */
  #kinds = new Uint16Array(0);
  #parents = new Uint32Array(0);
  #rows = new Uint16Array(0);

  /** So many trees can be told apart. */
  static readonly mostTrees: number = 2 ** (16 - ROLE_BITS);

  role(page: number): Role {
    // Only roles are put there.
    return ((this.#kinds[page] ?? 0) & (2 ** ROLE_BITS - 1)) as Role;
  }

  tree(page: number): number {
    return (this.#kinds[page] ?? 0) >>> ROLE_BITS;
  }

  parent(page: number): number {
    return this.#parents[page] ?? 0;
  }

  rows(page: number): number {
    return this.#rows[page] ?? 0;
  }

  /** The page has one of these roles in this tree. */
  isIn(tree: number, page: number, ...roles: readonly Role[]): boolean {
    return this.tree(page) === tree && roles.includes(this.role(page));
  }

  set(page: number, { role, tree, parent, rows }: PageRole): void {
    if (page >= this.#kinds.length) this.#grow(page + 1);
    this.#kinds[page] = (tree << ROLE_BITS) | role;
    this.#parents[page] = parent;
    this.#rows[page] = rows;
  }

  setParent(page: number, parent: number): void {
    this.#parents[page] = parent;
  }

  clear(page: number): void {
    if (page < this.#kinds.length) this.#kinds[page] = ROLE.none;
  }

  /** Forgets a whole tree. */
  clearTree(tree: number): void {
    for (let page = 0; page < this.#kinds.length; page++) {
      if (this.tree(page) === tree) this.#kinds[page] = ROLE.none;
    }
  }

  #grow(pages: number): void {
    const length = Math.max(1024, Math.ceil(pages * 1.25));
    this.#kinds = enlarged(this.#kinds, new Uint16Array(length));
    this.#parents = enlarged(this.#parents, new Uint32Array(length));
    this.#rows = enlarged(this.#rows, new Uint16Array(length));
  }
}

function enlarged<List extends Uint16Array | Uint32Array>(old: List, larger: List): List {
  larger.set(old);
  return larger;
}
