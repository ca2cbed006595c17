import { SIGNATURE } from "./signature.ts";
import type { SignedUnits, Unit } from "./signature.ts";

/** Collects units; grows by itself. */
export interface SignatureWriter {
  add(unit: Unit, leaf: number): void;
  /** Adds a leaf's unit as it stands in other units of one tree; it must be without chains. */
  copy(from: SignedUnits, unit: number): void;
  /** What follows are the units of the index that has the table's key. At most once. */
  divide(): void;
  /** Ends what was begun: call it last. */
  units(): SignedUnits;
}

/** @param expected - so many units are likely to come: growing copies what is there */
export function createSignatureWriter(expected: number): SignatureWriter {
  const { headerBytes, unitBytes, chainBytes } = SIGNATURE;
  const room = expected + LEAST_UNITS;
  const bytes = createGrowing(headerBytes + room * unitBytes);
  const chains = createGrowing(0);
  let leaves = new Uint32Array(room);
  let count = 0;
  /** Where the tree begins of which units come, in bytes and in units. */
  let tree = { at: bytes.take(headerBytes), units: 0 };
  const takeUnit = (leaf: number): number => {
    if (count === leaves.length) {
      const larger = new Uint32Array(largerThan(count + 1));
      larger.set(leaves);
      leaves = larger;
    }
    leaves[count++] = leaf;
    return bytes.take(unitBytes);
  };
  const endTree = (hasKeys: boolean): void => {
    bytes.view.setUint32(tree.at + SIGNATURE.units, count - tree.units);
    bytes.view.setUint32(tree.at + SIGNATURE.chains, chains.used().length / chainBytes);
    bytes.view.setUint32(tree.at + SIGNATURE.hasKeys, hasKeys ? 1 : 0);
    bytes.add(chains.used());
    chains.clear();
  };
  return {
    add: ({ first, hash, chains: hashOfChains }, leaf) => {
      if (hashOfChains !== 0n) {
        const chainAt = chains.take(chainBytes);
        chains.view.setUint32(chainAt, count - tree.units);
        chains.view.setBigUint64(chainAt + 4, hashOfChains);
      }
      const at = takeUnit(leaf);
      bytes.view.setInt32(at, first.high);
      bytes.view.setUint32(at + 4, first.low);
      bytes.view.setBigUint64(at + 8, hash);
    },
    copy: (from, unit) => {
      const start = headerBytes + unit * unitBytes;
      const at = takeUnit(from.leaves[unit] ?? 0);
      bytes.put(from.signature.subarray(start, start + unitBytes), at);
    },
    divide: () => {
      endTree(true);
      tree = { at: bytes.take(headerBytes), units: count };
    },
    units: () => {
      endTree(false);
      return { signature: bytes.used(), leaves: leaves.subarray(0, count) };
    },
  };
}

const LEAST_UNITS = 256;

/** Bytes that become more. */
interface Growing {
  /** Of all that there is room for: another one after each `take` and `add`. */
  readonly view: DataView;
  /** @returns where so many bytes may be written */
  take(size: number): number;
  put(from: Uint8Array, at: number): void;
  add(from: Uint8Array): void;
  used(): Uint8Array;
  clear(): void;
}

function createGrowing(room: number): Growing {
  let bytes = new Uint8Array(room);
  let view = new DataView(bytes.buffer);
  let used = 0;
  const take = (size: number): number => {
    const at = used;
    used += size;
    if (used <= bytes.length) return at;
    const larger = new Uint8Array(largerThan(used));
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
    return at;
  };
  return {
    get view() {
      return view;
    },
    take,
    put: (from, at) => bytes.set(from, at),
    add: (from) => {
      // Taking room may put other bytes in the place of these.
      const at = take(from.length);
      bytes.set(from, at);
    },
    used: () => bytes.subarray(0, used),
    clear: () => {
      used = 0;
    },
  };
}

/** Doubling would leave up to half of it empty, for as long as the signature is there. */
function largerThan(wanted: number): number {
  return Math.ceil(1.25 * wanted);
}
