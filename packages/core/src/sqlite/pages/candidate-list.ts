import { keyFields } from "./key-order.ts";
import { encodeKey } from "./keys.ts";
import { mostCandidates } from "./most-candidates.ts";
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
  return createPackedList<string>(
    ({ cell }) => wideText(cell),
    (rowids, isFirst) => Buffer.from((isFirst ? "" : ",") + rowids.join(","), "latin1"),
  );
}

/** Of a WITHOUT ROWID table: the keys, of so many parts. */
export function createKeyList(parts: number): CandidateList {
  return createPackedList<Uint8Array>(
    (row) => {
      const { view, fields } = keyFields(row, parts);
      return encodeKey(view, fields);
    },
    (keys) => Buffer.concat(keys),
  );
}

/** A string or an array takes ten times the memory of what it holds: so many are kept at most. */
const PACKED_ROWS = 4096;

/** @param pack - `isFirst`: nothing was packed before */
function createPackedList<Key>(
  keyOf: (row: Row) => Key,
  pack: (keys: readonly Key[], isFirst: boolean) => Buffer,
): CandidateList {
  const packed: Buffer[] = [];
  let keys: Key[] = [];
  let count = 0;
  const packKeys = (): void => {
    if (keys.length > 0) packed.push(pack(keys, packed.length === 0));
    keys = [];
  };
  return {
    get count() {
      return count;
    },
    add: (row) => {
      count++;
      if (keys.push(keyOf(row)) === PACKED_ROWS) packKeys();
    },
    rows: () => {
      packKeys();
      return { count, rows: Buffer.concat(packed) };
    },
  };
}

/** Gathers no more than are worth looking up. */
export interface LimitedList {
  /** It takes none any more, and has forgotten those that it had. */
  readonly areTooMany: boolean;
  add(row: Row): void;
  /** `null`: too many. */
  rows(): CandidateRows | null;
}

export function limited(list: CandidateList, estimatedRows: number): LimitedList {
  const most = mostCandidates(estimatedRows);
  let taken: CandidateList | null = list;
  return {
    get areTooMany() {
      return taken === null;
    },
    add: (row) => {
      if (taken !== null && taken.count < most) taken.add(row);
      else taken = null;
    },
    rows: () => taken?.rows() ?? null,
  };
}
