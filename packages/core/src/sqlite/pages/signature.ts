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

/** Three big-endian numbers of eight bytes: about 0.6 % of a page of 4096 bytes. */
const UNIT_BYTES = 24;

/**
 * In place of a signature: the name of a moment that a process remembers which follows the file. No number of
 * units takes so many bytes.
 */
export const TOKEN_BYTES = 16;

export function isToken({ byteLength }: Uint8Array): boolean {
  return byteLength === TOKEN_BYTES;
}

/** Units, and where they were found. */
export interface SignedUnits {
  readonly signature: Uint8Array;
  /** The page of each unit that is a leaf; 0 for a row between two leaves. Not remembered: pages move. */
  readonly leaves: Uint32Array;
}

/** In front of the units of a table that has others for its key's index: the number of its own, in twice the room. */
const DIVIDER_BYTES = 8;

/** The units of a rowid table's tree and those of its key's index, as one. No units alone take so many bytes. */
export function joinUnits(rows: SignedUnits, keys: SignedUnits): SignedUnits {
  const divider = new Uint8Array(DIVIDER_BYTES);
  new DataView(divider.buffer).setUint32(0, rows.leaves.length);
  const signature = Buffer.concat([divider, rows.signature, keys.signature]);
  const leaves = new Uint32Array(rows.leaves.length + keys.leaves.length);
  leaves.set(rows.leaves);
  leaves.set(keys.leaves, rows.leaves.length);
  return { signature, leaves };
}

/** Takes apart what {@link joinUnits} made; `null` for the index where there is none. */
export function divideSignature(signature: Uint8Array): {
  readonly rows: Uint8Array;
  readonly keys: Uint8Array | null;
} {
  if (signature.byteLength % UNIT_BYTES !== DIVIDER_BYTES) return { rows: signature, keys: null };
  const view = new DataView(signature.buffer, signature.byteOffset, DIVIDER_BYTES);
  const rowsEnd = DIVIDER_BYTES + view.getUint32(0) * UNIT_BYTES;
  return { rows: signature.subarray(DIVIDER_BYTES, rowsEnd), keys: signature.subarray(rowsEnd) };
}

/** The same with the pages on which the units stood. */
export function divideUnits({ signature, leaves }: SignedUnits): {
  readonly rows: SignedUnits;
  readonly keys: SignedUnits | null;
} {
  const { rows, keys } = divideSignature(signature);
  const count = rows.byteLength / UNIT_BYTES;
  return {
    rows: { signature: rows, leaves: leaves.subarray(0, count) },
    keys: keys && { signature: keys, leaves: leaves.subarray(count) },
  };
}

/** Collects units; grows by itself. */
export interface SignatureWriter {
  add(unit: Unit, leaf: number): void;
  /** Adds a leaf's unit as it stands in other units. */
  copy(from: SignedUnits, unit: number): void;
  units(): SignedUnits;
}

export function createSignatureWriter(): SignatureWriter {
  let bytes = new Uint8Array(1024 * UNIT_BYTES);
  let view = new DataView(bytes.buffer);
  let used = 0;
  const leaves: number[] = [];
  const room = (): void => {
    if (used + UNIT_BYTES > bytes.length) grow();
  };
  const grow = (): void => {
    const larger = new Uint8Array(2 * bytes.length);
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  return {
    add: ({ first, hash, chains }, leaf) => {
      room();
      view.setInt32(used, first.high);
      view.setUint32(used + 4, first.low);
      view.setBigUint64(used + 8, hash);
      view.setBigUint64(used + 16, chains);
      used += UNIT_BYTES;
      leaves.push(leaf);
    },
    copy: (from, unit) => {
      room();
      bytes.set(from.signature.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES), used);
      used += UNIT_BYTES;
      leaves.push(from.leaves[unit] ?? 0);
    },
    units: () => ({ signature: bytes.subarray(0, used), leaves: Uint32Array.from(leaves) }),
  };
}

/** The units that were there when a tree was last looked at. */
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

export function readSignature(bytes: Uint8Array): Signature {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.byteLength / UNIT_BYTES);
  /** Made when it is first needed. */
  let find: ((hash: bigint) => number) | null = null;
  return {
    length,
    first: (unit) => view.getBigInt64(unit * UNIT_BYTES),
    isFirst: (unit, { high, low }) =>
      view.getInt32(unit * UNIT_BYTES) === high && view.getUint32(unit * UNIT_BYTES + 4) === low,
    chains: (unit) => view.getBigUint64(unit * UNIT_BYTES + 16),
    hasChains: (unit) =>
      view.getUint32(unit * UNIT_BYTES + 16) !== 0 || view.getUint32(unit * UNIT_BYTES + 20) !== 0,
    find: (hash) => (find ??= createHashTable(length, view))(hash),
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
  const high = (unit: number): number => view.getUint32(unit * UNIT_BYTES + 8);
  const low = (unit: number): number => view.getUint32(unit * UNIT_BYTES + 12);
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
