import type { ScannedFile } from "./scan-request.ts";
import type { StoredValue } from "./record.ts";

/** Tables of one database whose content is to be digested. Plain data: it travels to a process. */
export interface DigestRequest {
  readonly file: ScannedFile;
  readonly tables: readonly DigestedTable[];
}

/** Where a table's rows are, and how its records are to be read. */
export interface DigestedTable {
  /** The root page, as `sqlite_schema` has it. */
  readonly root: number;
  readonly withoutRowid: boolean;
  /** How many fields a whole record has. */
  readonly fields: number;
  /** In the order in which they are digested. */
  readonly columns: readonly DigestedColumn[];
  /** What else a digest depends on. */
  readonly header: readonly string[];
}

/** A column of the user's. */
export interface DigestedColumn {
  /** Its field in a record; −1: the rowid. */
  readonly place: number;
  /** Affinity REAL: whole numbers are stored as integers, and are reals. */
  readonly isReal: boolean;
  /** What rows have that were written before the column came; `undefined`: not known. */
  readonly missing?: StoredValue | undefined;
}

/** For each table asked for, in the same order. */
export type DigestAnswer =
  | { readonly type: "digested"; readonly tables: readonly TableDigest[] }
  | { readonly type: "not-known"; readonly reason: string };

export type TableDigest =
  | { readonly type: "digest"; readonly rows: number; readonly digest: string }
  | { readonly type: "not-known"; readonly reason: string };
