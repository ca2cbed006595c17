import { NotKnown } from "./not-known.ts";
import type { Wide } from "./varint.ts";

/**
 * What is remembered of a table's b-tree: each of its units, in the order of their keys. A unit is a leaf,
 * or in a WITHOUT ROWID table's tree a row between two leaves.
 */
export interface Unit {
  /** The rowid of its first row; 0 in the tree of a WITHOUT ROWID table. */
  readonly first: Wide;
  /** Of the leaf's page, or of all bytes of the row between. */
  readonly hash: bigint;
  /** Of what the leaf's rows have on overflow pages; 0 where they have none. */
  readonly chains: bigint;
}

/**
 * The bytes of a signature, all numbers big-endian: a header, how many units there are, how many of them have chains, and
 * whether the tree of the key's index follows in the same way; then the units, first and hash of each; then the
 * chains, of which unit and which hash. About 0.4 % of a page of 4096 bytes, where few values are longer than a page.
 */
export const SIGNATURE = {
  headerBytes: 12,
  units: 0,
  chains: 4,
  hasKeys: 8,
  unitBytes: 16,
  chainBytes: 12,
} as const;

/**
 * In place of a signature: the name of a moment that a process remembers which follows the file. No number of
 * units takes so many bytes.
 */
export const TOKEN_BYTES = 16;

export function isToken({ byteLength }: { readonly byteLength: number }): boolean {
  return byteLength === TOKEN_BYTES;
}

/** Units, and where they were found. */
export interface SignedUnits {
  readonly signature: Uint8Array;
  /** The page of each unit that is a leaf; 0 for a row between two leaves. Not remembered: pages move. */
  readonly leaves: Uint32Array;
}

/** The trees of a table: that of its rows and, where the key has an index of its own, that one. */
export interface Divided<Units> {
  readonly rows: Units;
  readonly keys: Units | null;
}

/** Takes a signature apart; the parts are views. @throws NotKnown where it is none */
export function divideSignature(signature: Uint8Array): Divided<Uint8Array> {
  const { bytes, hasKeys } = sizeOf(signature);
  const rows = signature.subarray(0, bytes);
  return { rows, keys: hasKeys ? signature.subarray(bytes) : null };
}

/** The same with the pages on which the units stood. @throws NotKnown */
export function divideUnits({ signature, leaves }: SignedUnits): Divided<SignedUnits> {
  const { rows, keys } = divideSignature(signature);
  const { units } = sizeOf(rows);
  return {
    rows: { signature: rows, leaves: leaves.subarray(0, units) },
    keys: keys && { signature: keys, leaves: leaves.subarray(units) },
  };
}

/** How many units a signature has, those of the key's index included; some more where there are chains. */
export function unitsAbout({ byteLength }: Uint8Array): number {
  return Math.ceil(byteLength / SIGNATURE.unitBytes);
}

interface Size {
  readonly units: number;
  readonly chains: number;
  readonly bytes: number;
  readonly hasKeys: boolean;
}

/** Of the first tree. */
function sizeOf(signature: Uint8Array): Size {
  const { headerBytes, unitBytes, chainBytes } = SIGNATURE;
  if (signature.byteLength < headerBytes) throw new NotKnown("a signature is none");
  const view = viewOf(signature);
  const units = view.getUint32(SIGNATURE.units);
  const chains = view.getUint32(SIGNATURE.chains);
  const bytes = headerBytes + units * unitBytes + chains * chainBytes;
  if (bytes > signature.byteLength) throw new NotKnown("a signature is none");
  return { units, chains, bytes, hasKeys: view.getUint32(SIGNATURE.hasKeys) !== 0 };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The units of one tree that were there when it was last looked at. */
export interface Signature {
  readonly length: number;
  /** The rowid of a unit's first row. */
  first(unit: number): bigint;
  isFirst(unit: number, rowid: Wide): boolean;
  chains(unit: number): bigint;
  /** Some row of the unit reaches over to overflow pages. */
  hasChains(unit: number): boolean;
  /** The unit with this hash, or -1. No two units of a tree hold the same bytes: their keys differ. */
  find(hash: bigint): number;
}

/** @throws NotKnown */
export function readSignature(signature: Uint8Array): Signature {
  const { units, chains } = sizeOf(signature);
  const view = viewOf(signature);
  const chainsAt = SIGNATURE.headerBytes + units * SIGNATURE.unitBytes;
  const chainOf = createChains({ view, start: chainsAt, count: chains });
  /** Made when it is first needed. */
  let find: ((hash: bigint) => number) | null = null;
  return {
    length: units,
    first: (unit) => view.getBigInt64(placeOf(unit)),
    isFirst: (unit, { high, low }) =>
      view.getInt32(placeOf(unit)) === high && view.getUint32(placeOf(unit) + 4) === low,
    chains: chainOf,
    hasChains: (unit) => chains > 0 && chainOf(unit) !== 0n,
    find: (hash) => (find ??= createHashTable(units, view))(hash),
  };
}

/** Where a unit stands; 8 bytes behind it is its hash. */
function placeOf(unit: number): number {
  return SIGNATURE.headerBytes + unit * SIGNATURE.unitBytes;
}

/** The chains of a unit, 0 where it has none; they stand in the order of their units. */
function createChains({
  view,
  start,
  count,
}: {
  readonly view: DataView;
  readonly start: number;
  readonly count: number;
}): (unit: number) => bigint {
  const { chainBytes } = SIGNATURE;
  const unitAt = (place: number): number => view.getUint32(start + place * chainBytes);
  return (unit) => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (unitAt(middle) < unit) low = middle + 1;
      else high = middle;
    }
    return low < count && unitAt(low) === unit
      ? view.getBigUint64(start + low * chainBytes + 4)
      : 0n;
  };
}

/**
 * Units by hash, with open addressing: a Map of a million numbers of 64 bits would take a hundred megabytes,
 * this takes eight. Hashes are compared as two halves, since a BigInt for each of them would cost more than
 * the looking up.
 */
function createHashTable(length: number, view: DataView): (hash: bigint) => number {
  const mask = 2 ** Math.ceil(Math.log2(2 * length + 2)) - 1;
  const slots = new Uint32Array(mask + 1);
  const high = (unit: number): number => view.getUint32(placeOf(unit) + 8);
  const low = (unit: number): number => view.getUint32(placeOf(unit) + 12);
  for (let unit = 0; unit < length; unit++) {
    let slot = low(unit) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = unit + 1;
  }
  const halves = new DataView(new ArrayBuffer(8));
  return (hash) => {
    halves.setBigUint64(0, hash);
    const [wantedHigh, wantedLow] = [halves.getUint32(0), halves.getUint32(4)];
    for (let slot = wantedLow & mask; ; slot = (slot + 1) & mask) {
      const unit = (slots[slot] ?? 0) - 1;
      if (unit < 0 || (low(unit) === wantedLow && high(unit) === wantedHigh)) return unit;
    }
  };
}
