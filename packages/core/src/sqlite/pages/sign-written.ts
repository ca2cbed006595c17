import type { TreeKind } from "./cell.ts";
import type { TreeCursor } from "./cursor.ts";
import type { Image } from "./image.ts";
import type { PageHash } from "./page-hash.ts";
import { unitAt } from "./sign-tree.ts";
import { readSignature } from "./signature.ts";
import type { SignedUnits } from "./signature.ts";
import type { SignatureWriter } from "./signature-writer.ts";

/**
 * The pages that were written since a database was signed, by its asker and nobody else: numbers, or those of
 * the last transaction in its `-wal`.
 */
export type WrittenPages = Uint32Array | "last-commit";

/** @returns `null`: not known, so that every page has to be read */
export function writtenIn(
  { lastCommit }: Image,
  written: WrittenPages | null,
): ReadonlySet<number> | null {
  return written === "last-commit" ? lastCommit : written && new Set(written);
}

/** A tree that was signed before some of its pages were written. */
export interface WrittenTree {
  readonly cursor: TreeCursor;
  readonly kind: TreeKind;
  readonly hash: PageHash;
  readonly before: SignedUnits;
  readonly written: ReadonlySet<number>;
  /** Takes the units. */
  readonly writer: SignatureWriter;
}

/**
 * Signs a tree once more: the same as signing all of it, for the price of its interior pages and of the leaves
 * that were written. A leaf that stands where it stood and was not written is not read: it holds what it
 * held. Not so where its rows reach over to overflow pages, which may have been written without it.
 */
export function signWritten(tree: WrittenTree): void {
  const { cursor, kind, hash, before, written, writer } = tree;
  const remembered = readSignature(before.signature);
  const unitOf = unitsByLeaf(before, cursor.image.pageCount);
  const isAsItWas = (leaf: number, unit: number): boolean =>
    unit >= 0 && !written.has(leaf) && !remembered.hasChains(unit);
  while (!cursor.isDone) {
    const unit = (unitOf[cursor.leaf] ?? 0) - 1;
    if (isAsItWas(cursor.leaf, unit)) {
      writer.copy(before, unit);
      cursor.skipLeaf(0);
      continue;
    }
    cursor.settle();
    if (cursor.isDone) break;
    // What is remembered helps with chains, which a row between two leaves has in its own hash.
    const here = unitAt({ cursor, kind, hash, remembered: cursor.leaf === 0 ? null : remembered });
    writer.add(here.unit, cursor.leaf);
    if (cursor.leaf === 0) cursor.advance();
    else cursor.skipLeaf(here.rows);
  }
}

/** The unit that stood on each page, counted from 1; 0: none. A Map of as many entries takes longer than all the rest. */
function unitsByLeaf({ leaves }: SignedUnits, pageCount: number): Uint32Array {
  const units = new Uint32Array(pageCount + 1);
  for (const [unit, leaf] of leaves.entries()) {
    if (leaf !== 0 && leaf <= pageCount) units[leaf] = unit + 1;
  }
  return units;
}
