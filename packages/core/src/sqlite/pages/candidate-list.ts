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
  const rowids: string[] = [];
  return {
    get count() {
      return rowids.length;
    },
    add: ({ cell }) => void rowids.push(wideText(cell)),
    rows: () => ({ count: rowids.length, rows: Buffer.from(rowids.join(","), "latin1") }),
  };
}

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
