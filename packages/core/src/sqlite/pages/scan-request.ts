/** What a scan is told: two databases, and where their tables' rows are. Plain data: it travels to a process. */
export interface ScanRequest {
  readonly a: ScannedFile;
  readonly b: ScannedFile;
  readonly tables: readonly ScannedTable[];
}

/** A database on which the asker keeps a read transaction open. */
export interface ScannedFile {
  readonly path: string;
  /** Which file that path led to when the asker opened it. */
  readonly identity: string;
}

/** A table that is stored alike on both sides. */
export interface ScannedTable {
  /** The root pages, as `sqlite_schema` has them. */
  readonly rootA: number;
  readonly rootB: number;
  /** Rows of one rowid are one row, on both sides. */
  readonly rowidIsKey: boolean;
  /** How the key of a WITHOUT ROWID table is ordered; `null`: a rowid table. */
  readonly key: readonly KeyPart[] | null;
}

/** A part of a WITHOUT ROWID table's key, in the order in which records hold them. */
export interface KeyPart {
  readonly collation: string;
  readonly isDescending: boolean;
}

/**
 * What a scan found: for each table asked for, in the same order. A table or a whole pair that the pages
 * tell nothing about has a reason for it.
 */
export type ScanAnswer =
  | { readonly type: "scanned"; readonly pages: number; readonly tables: readonly TableAnswer[] }
  | { readonly type: "not-known"; readonly reason: string };

export type TableAnswer =
  | ({ readonly type: "candidates" } & Candidates)
  | { readonly type: "not-known"; readonly reason: string };

/** Which rows of a table may differ. Every row that is not among them stands equally on both sides. */
export interface Candidates {
  /** How many rows the table has in `a`. */
  readonly rowsInA: number;
  readonly a: CandidateRows;
  readonly b: CandidateRows;
}

/**
 * Rows of one side that the other side does not hold byte for byte. Where both have a row under the same key,
 * it is among those of `a` only; not so in tables whose rows have rowids, but another key.
 */
export interface CandidateRows {
  readonly count: number;
  /**
   * Of a rowid table: the rowids in decimal, with commas between them (`3,17,-5`). Of a WITHOUT ROWID
   * table: the key values one after the other, as `keys.ts` writes them.
   */
  readonly rows: Uint8Array;
}
