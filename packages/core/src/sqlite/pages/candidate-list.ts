import { keyFields } from "./key-order.ts";
import { encodeKey } from "./keys.ts";
import type { Row } from "./payload.ts";
import type { CandidateRows } from "./scan-request.ts";
import { wideText } from "./varint.ts";

/** Gathers the candidates of one side. */
export interface CandidateList {
  readonly count: number;
  add(row: Row): void;
  rows(): CandidateRows;
}

/** Of a rowid table: the rowids. */
export function createRowidList(): CandidateList {
  const packed: Buffer[] = [];
  let rowids: string[] = [];
  let count = 0;
  const pack = (): void => {
    const comma = packed.length > 0 && rowids.length > 0 ? "," : "";
    packed.push(Buffer.from(comma + rowids.join(","), "latin1"));
    rowids = [];
  };
  return {
    get count() {
      return count;
    },
    add: ({ cell }) => {
      count++;
      if (rowids.push(wideText(cell)) === PACKED_ROWIDS) pack();
    },
    rows: () => {
      pack();
      return { count, rows: Buffer.concat(packed) };
    },
  };
}

/** A string takes several times the memory of its characters: so many are kept at most. */
const PACKED_ROWIDS = 4096;

/** Of a WITHOUT ROWID table: the keys, of so many parts. */
export function createKeyList(parts: number): CandidateList {
  const keys: Uint8Array[] = [];
  return {
    get count() {
      return keys.length;
    },
    add: (row) => {
      const { view, fields } = keyFields(row, parts);
      keys.push(encodeKey(view, fields));
    },
    rows: () => ({ count: keys.length, rows: Buffer.concat(keys) }),
  };
}
