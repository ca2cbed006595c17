import type { CandidateList } from "./candidate-list.ts";
import type { CommonPages, TreeCursor } from "./cursor.ts";
import { mostCandidates } from "./most-candidates.ts";
import { NotKnown } from "./not-known.ts";
import { samePayload } from "./payload.ts";

/** Two b-trees of one table, and how to go through them together. */
export interface TreePair {
  readonly a: TreeCursor;
  readonly b: TreeCursor;
  readonly shared: CommonPages;
  /** Which row comes first in its tree: below 0 for that of `a`. */
  readonly order: (a: TreeCursor, b: TreeCursor) => number;
  /** Two rows of which none comes first have the same key, for certain. */
  readonly isSameKey: (a: TreeCursor, b: TreeCursor) => boolean;
  readonly candidates: Readonly<Record<"a" | "b", CandidateList>>;
  /** How many rows each tree has, more or less. */
  readonly estimatedRows: Readonly<Record<"a" | "b", number>>;
}

/**
 * Goes through two b-trees in the order of their keys and makes a candidate of every row that does not
 * stand byte for byte on the other side. Where both sides have a row under one key, that of `a` stands for both.
 *
 * Why no difference is missed. A row is left out of the candidates in two cases only: it was compared with a
 * row of the other side, and rowid (or key) and all bytes are the same; or it stands on a leaf that both
 * trees hold under the same number with the same bytes, overflow included, and then the same row stands on
 * that leaf in the other tree. Either way the other side has exactly this row, and what is left out on
 * one side is left out on the other. So a row that was deleted, wherever it stood, at the edge of a leaf
 * too, is still in the tree of the other side, finds nothing to pair with there, and is a candidate. No
 * interval between leaves has to be drawn for that, as it has where the other side is only remembered
 * (DESIGN §9). The order of rows decides when rows meet, never whether they are taken for the same.
 *
 * The cost follows what differs: of leaves that are shared nothing is read but their numbers.
 *
 * @throws NotKnown where a tree is damaged, or too much differs
 */
export function compareTrees(pair: TreePair): void {
  const { a, b } = pair;
  while (!a.isDone && !b.isDone) {
    if (passShared(pair)) continue;
    a.settle();
    b.settle();
    if (a.isDone || b.isDone) break;
    // Most rows are the same: what is done for each of them counts.
    if (!passSame(pair)) {
      noteDifferent(pair);
      refuseTooMany(pair);
    }
  }
  for (const side of ["a", "b"] as const) rest(pair, side);
}

/** @returns false where the two do not stand at the start of one leaf, or do not share it */
function passShared({ a, b, shared }: TreePair): boolean {
  return a.isAtStart && b.isAtStart && a.leaf === b.leaf && a.skipShared(b, shared);
}

/**
 * The cells of WITHOUT ROWID tables have 0 for a rowid; the key is a part of the payload.
 *
 * @returns false where the two rows are not the same; they are not passed then
 */
function passSame({ a, b }: TreePair): boolean {
  const isSameRowid = a.cell.low === b.cell.low && a.cell.high === b.cell.high;
  if (!isSameRowid || !samePayload(a, b)) return false;
  a.advance();
  b.advance();
  return true;
}

function noteDifferent({ a, b, order, isSameKey, candidates }: TreePair): void {
  const first = order(a, b);
  const isOneKey = first === 0 && isSameKey(a, b);
  if (first <= 0) candidates.a.add(a);
  if (first >= 0 && !isOneKey) candidates.b.add(b);
  if (first <= 0) a.advance();
  if (first >= 0) b.advance();
}

/** Where one side has ended, nothing is left there to be the same as what the other side still has. */
function rest(pair: TreePair, side: "a" | "b"): void {
  const cursor = pair[side];
  for (cursor.settle(); !cursor.isDone; cursor.settle()) {
    pair.candidates[side].add(cursor);
    cursor.advance();
    refuseTooMany(pair);
  }
}

function refuseTooMany(pair: TreePair): void {
  for (const side of ["a", "b"] as const) {
    const rows = Math.max(pair.estimatedRows[side], pair[side].rows);
    if (pair.candidates[side].count > mostCandidates(rows)) {
      throw new NotKnown("too many rows differ");
    }
  }
}
