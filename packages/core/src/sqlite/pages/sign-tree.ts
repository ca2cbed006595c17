import type { LimitedList } from "./candidate-list.ts";
import { createCell, localLimits, readIndexCell, readTableCell } from "./cell.ts";
import type { TreeKind } from "./cell.ts";
import type { TreeCursor } from "./cursor.ts";
import { PAGE } from "./format.ts";
import { createKeyGaps } from "./key-gap.ts";
import type { KeyGap } from "./key-gap.ts";
import type { PageHash } from "./page-hash.ts";
import { payloadParts } from "./payload.ts";
import type { Signature, Unit } from "./signature.ts";
import type { SignatureWriter } from "./signature-writer.ts";

/** A tree to be signed, and what is remembered of it. */
export interface TreeToSign {
  readonly cursor: TreeCursor;
  readonly kind: TreeKind;
  /** Of an index b-tree: so many of its first fields are the key. */
  readonly keyParts: number;
  readonly hash: PageHash;
  /** `null`: nothing is remembered, so that there is nothing to look for either. */
  readonly remembered: Signature | null;
  /** Takes the rows that may have changed; `null`: nobody wants them. */
  readonly candidates: LimitedList | null;
  /** Takes the units. */
  readonly writer: SignatureWriter;
}

/** A tree as it is now, and what became of the one that is remembered. */
export interface SignedTree {
  readonly rows: number;
  /** Rows on units that are as they were. */
  readonly cleanRows: number;
  /** How many rows there were when it was remembered; `null`: nobody counted them. */
  readonly rowsBefore: number | null;
  /** All units are as they were, and none is gone. */
  readonly isUnchanged: boolean;
  /**
   * Ranges of rowids, both ends included, in order, that no unit which is as it was answers for: what was
   * there and is not any more, was there. None in an index b-tree,
   */
  readonly gaps: readonly Gap[];
  /** which has ranges of keys instead; `null`: they are not known. */
  readonly keyGaps: readonly KeyGap[] | null;
}

export interface Gap {
  readonly from: bigint;
  readonly to: bigint;
}

export const FIRST_ROWID: bigint = -(2n ** 63n);
export const LAST_ROWID: bigint = 2n ** 63n - 1n;

/**
 * Walks a tree unit by unit: those that are remembered are passed over, the rows of all others are
 * candidates (DESIGN §9.2).
 *
 * Why no change is missed, of rows that equalled the base when they were remembered: a row that is there
 * now stands on a unit that is as it was, and then so is the row, or it is a candidate. A row that is gone
 * stood on a unit that is not as it was; of rowid tables, in the range from that unit's first rowid up to
 * the next unit's, and that range lies in a gap, since units that are as they were answer only for their own
 * ranges. (Up to the next unit's first row, not up to their own last one: what was inserted and deleted
 * behind it belongs to them, too.) In an index b-tree it stood between two units that are as they were and that
 * nothing stood between but units which are not: see `key-gap.ts`.
 */
export function signTree(tree: TreeToSign): SignedTree {
  const { cursor, kind, remembered, candidates, writer } = tree;
  const ranges = kind === "table" ? createRanges(remembered) : null;
  const keys =
    remembered === null || kind === "table"
      ? null
      : createKeyGaps(cursor, remembered.length, tree.keyParts);
  let cleanRows = 0;
  let cleanUnits = 0;
  let units = 0;
  for (cursor.settle(); !cursor.isDone; cursor.settle()) {
    const { unit, rows, alike } = unitAt(tree);
    writer.add(unit, cursor.leaf);
    units++;
    const known = remembered !== null && isUnit(remembered, alike, unit) ? alike : -1;
    if (known >= 0) {
      cleanUnits++;
      cleanRows += rows;
      ranges?.answer(known);
      keys?.answer(known);
    }
    const isWanted = remembered !== null && known < 0 && candidates?.areTooMany !== true;
    pass(cursor, rows, isWanted ? candidates : null);
  }
  const wanted = remembered?.length ?? -1;
  return {
    rows: cursor.rows,
    cleanRows,
    rowsBefore: null,
    isUnchanged: cleanUnits === units && units === wanted,
    gaps: ranges?.gaps() ?? [],
    keyGaps: keys?.gaps() ?? null,
  };
}

/** What the cursor stands at the start of. */
export interface UnitHere {
  readonly unit: Unit;
  readonly rows: number;
  /** The unit that is remembered with the same hash, or -1. */
  readonly alike: number;
}

/** The unit that the cursor stands at the start of. */
export function unitAt(tree: Omit<TreeToSign, "candidates" | "keyParts" | "writer">): UnitHere {
  const { cursor, hash, remembered } = tree;
  const { high, low } = cursor.cell;
  // The cell is one object for all rows.
  const first = { high, low };
  if (cursor.leaf === 0) {
    const hashed = rowHash(cursor, hash);
    const alike = remembered?.find(hashed) ?? -1;
    return { unit: { first, hash: hashed, chains: 0n }, rows: 1, alike };
  }
  const { bytes, view } = cursor.page;
  const rows = view.getUint16(PAGE.cellCount);
  const hashed = hash.of(bytes);
  const alike = remembered?.find(hashed) ?? -1;
  return { unit: { first, hash: hashed, chains: chainsOf(tree, alike, rows) }, rows, alike };
}

/** A hash of parts is that of all their bytes, and takes ten times as long for a row that has one part. */
function rowHash({ cell, image, page }: TreeCursor, hash: PageHash): bigint {
  if (cell.overflow !== 0) return hash.ofParts(payloadParts({ image, page, cell }));
  return hash.of(page.bytes.subarray(cell.localAt, cell.localAt + cell.localBytes));
}

/**
 * An edit inside a long value changes an overflow page only (SQLITE_NOTES 26). Whether a leaf has such values
 * is seen from its own bytes, so that one which had none and is as it was need not be looked through.
 *
 * @param alike - the remembered unit with the same bytes, or -1
 */
function chainsOf(
  { cursor, kind, hash, remembered }: Omit<TreeToSign, "candidates" | "keyParts" | "writer">,
  alike: number,
  rows: number,
): bigint {
  if (remembered !== null && alike >= 0 && !remembered.hasChains(alike)) return 0n;
  const { image, page } = cursor;
  const limits = localLimits(kind, image.header.usableSize);
  const cell = createCell();
  const read = kind === "table" ? readTableCell : readIndexCell;
  let chains = 0n;
  for (let index = 0; index < rows; index++) {
    read(page.view, page.view.getUint16(PAGE.leafHeaderBytes + 2 * index), limits, cell);
    if (cell.overflow === 0) continue;
    chains = mixed(chains, hash.ofParts(payloadParts({ image, page, cell })));
  }
  return chains;
}

/** Two hashes as one that depends on their order; the factor is XXH64's first prime. */
function mixed(one: bigint, other: bigint): bigint {
  const sum = BigInt.asUintN(64, (one ^ (other >> 31n)) * 0x9e37_79b1_85eb_ca87n + other);
  // 0 says that there are none.
  return sum === 0n ? 1n : sum;
}

/** The remembered unit with the same hash is this one: it begins with the same row, and what overflows is the same. */
function isUnit(remembered: Signature, alike: number, { first, chains }: Unit): boolean {
  return alike >= 0 && remembered.chains(alike) === chains && remembered.isFirst(alike, first);
}

/** @param candidates - takes the rows that are passed */
function pass(cursor: TreeCursor, rows: number, candidates: LimitedList | null): void {
  if (candidates === null && cursor.leaf !== 0) {
    cursor.skipLeaf(rows);
    return;
  }
  for (let row = 0; row < rows; row++) {
    if (row > 0) cursor.settle();
    candidates?.add(cursor);
    cursor.advance();
  }
}

interface Ranges {
  /** The unit is as it was: it answers for its range. Units come in their order. */
  answer(unit: number): void;
  gaps(): Gap[];
}

/** What lies before the first unit belongs to it, and what lies behind the last one to that. */
function createRanges(remembered: Signature | null): Ranges {
  const found: Gap[] = [];
  /** Up to this unit everything is answered for, or in a gap. */
  let next = 0;
  const start = (): bigint =>
    remembered === null || next === 0 ? FIRST_ROWID : remembered.first(next);
  return {
    answer: (unit) => {
      // Units follow each other where nothing changed, which is nearly everywhere.
      if (remembered !== null && unit !== next) {
        const [from, to] = [start(), remembered.first(unit) - 1n];
        if (from <= to) found.push({ from, to });
      }
      next = unit + 1;
    },
    gaps: () => {
      const isAnswered = remembered !== null && next > 0 && next >= remembered.length;
      if (!isAnswered) found.push({ from: start(), to: LAST_ROWID });
      return found;
    },
  };
}
