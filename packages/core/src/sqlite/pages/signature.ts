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

/** Collects units; grows by itself. */
export interface SignatureWriter {
  add(unit: Unit): void;
  bytes(): Uint8Array;
}

export function createSignatureWriter(): SignatureWriter {
  let buffer = Buffer.allocUnsafe(1024 * UNIT_BYTES);
  let used = 0;
  return {
    add: ({ first, hash, chains }) => {
      if (used + UNIT_BYTES > buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      buffer.writeInt32BE(first.high, used);
      buffer.writeUInt32BE(first.low, used + 4);
      buffer.writeBigUInt64BE(hash, used + 8);
      buffer.writeBigUInt64BE(chains, used + 16);
      used += UNIT_BYTES;
    },
    bytes: () => buffer.subarray(0, used),
  };
}

/** The units that were there when a tree was last looked at. */
export interface Signature {
  readonly length: number;
  /** The rowid of a unit's first row. */
  first(unit: number): bigint;
  chains(unit: number): bigint;
  /** The unit with this hash, or -1. No two units of a tree hold the same bytes: their keys differ. */
  find(hash: bigint): number;
}

export function readSignature(bytes: Uint8Array): Signature {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.byteLength / UNIT_BYTES);
  const hashAt = (unit: number): bigint => view.getBigUint64(unit * UNIT_BYTES + 8);
  const table = createHashTable(length, hashAt);
  return {
    length,
    first: (unit) => view.getBigInt64(unit * UNIT_BYTES),
    chains: (unit) => view.getBigUint64(unit * UNIT_BYTES + 16),
    find: (hash) => table(hash),
  };
}

/**
 * Units by hash, with open addressing: a Map of a million numbers of 64 bits would take a hundred megabytes,
 * this takes eight.
 */
function createHashTable(
  length: number,
  hashAt: (unit: number) => bigint,
): (hash: bigint) => number {
  const mask = 2 ** Math.ceil(Math.log2(2 * length + 2)) - 1;
  const slots = new Uint32Array(mask + 1);
  const slotOf = (hash: bigint): number => Number(hash & 0xffff_ffffn) & mask;
  for (let unit = 0; unit < length; unit++) {
    let slot = slotOf(hashAt(unit));
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = unit + 1;
  }
  return (hash) => {
    for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
      const unit = (slots[slot] ?? 0) - 1;
      if (unit < 0 || hashAt(unit) === hash) return unit;
    }
  };
}
