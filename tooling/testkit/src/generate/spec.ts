import type { EditSpec } from "./edits.ts";

/**
 * A case before it is SQL: small numbers and flags, none depending on another, so that every part of
 * it shrinks by itself and any combination has a meaning. Numbers are choices modulo what there is.
 */
export interface CaseSpec {
  readonly tables: readonly TableSpec[];
  readonly virtuals: readonly VirtualSpec[];
  readonly file: FileSpec;
  readonly inserts: readonly InsertSpec[];
  readonly edits: readonly SidedEdit[];
}

/** How a table's rows are identified. */
export const KEY_KINDS = [
  "integer",
  "autoincrement",
  "text",
  "composite",
  "keyless",
  "without-rowid",
  "without-rowid-composite",
  "without-rowid-nocase",
  "nocase-column",
  "nocase-index",
  "rtrim-column",
  "composite-nullable",
  "unique-not-null",
  "integer-desc",
  "any",
  "real",
] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export const TRIGGER_KINDS = [
  "none",
  "audit",
  "counter",
  "fts",
  "raise",
  "ignore",
  "version",
] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

export const INDEX_KINDS = ["none", "unique", "partial", "expression", "plain"] as const;
export type IndexKind = (typeof INDEX_KINDS)[number];

export const CONFLICT_CLAUSES = ["", "REPLACE", "IGNORE", "FAIL", "ROLLBACK"] as const;
export type ConflictClause = (typeof CONFLICT_CLAUSES)[number];

export interface ColumnSpec {
  readonly name: number;
  readonly type: number;
  readonly collation: "BINARY" | "NOCASE" | "RTRIM";
  readonly notNull: boolean;
  readonly unique: boolean;
  readonly onConflict: ConflictClause;
}

export interface ForeignKeySpec {
  /** Which table it points at, itself included. */
  readonly target: number;
  readonly onDelete: "NO ACTION" | "CASCADE" | "SET NULL" | "RESTRICT";
  readonly onUpdate: "NO ACTION" | "CASCADE";
  readonly deferred: boolean;
}

export interface TableSpec {
  readonly name: number;
  readonly key: KeyKind;
  /** `ON CONFLICT` of the key itself. */
  readonly keyOnConflict: ConflictClause;
  readonly columns: readonly ColumnSpec[];
  readonly strict: boolean;
  readonly generated: "none" | "stored" | "virtual";
  readonly check: "none" | "value" | "cross";
  readonly index: IndexKind;
  readonly foreignKey: ForeignKeySpec | null;
  readonly trigger: TriggerKind;
  readonly timestamp: boolean;
}

export interface VirtualSpec {
  readonly kind: "fts5" | "rtree";
  readonly name: number;
}

/** Only `wal` stays with the file; the others are a connection's own. */
export type JournalMode = "wal" | "delete" | "truncate" | "persist";

export interface FileSpec {
  readonly pageSize: number;
  readonly journalA: JournalMode;
  readonly journalB: JournalMode;
  /** Side b is rewritten with another page size, so that no page equals one of a. */
  readonly repackB: boolean;
}

export interface InsertSpec {
  readonly table: number;
  readonly values: readonly number[];
}

export interface SidedEdit {
  /** `both`: the same edit on both sides, by chance or by another tool's copy. */
  readonly side: "a" | "b" | "both";
  readonly edit: EditSpec;
  /** What the other side does to the same row of the same table meanwhile; not for `both`. */
  readonly reply: EditSpec | null;
}
