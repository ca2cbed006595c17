import type { Pool } from "./values.ts";

/** A column as the edits need to know it. */
export interface Column {
  readonly name: string;
  /** The definition after the name, e.g. `TEXT COLLATE NOCASE NOT NULL`. */
  readonly definition: string;
  readonly pool: Pool;
  readonly role: "key" | "value" | "foreign-key" | "timestamp";
  readonly type: string;
  readonly nullable: boolean;
  readonly unique: boolean;
}

/** A foreign key made ready: the child's columns and where they point. */
export interface ForeignKey {
  readonly columns: readonly string[];
  readonly parent: Table;
}

/** A table ready to be written to. */
export interface Table {
  readonly name: string;
  readonly kind: "table" | "fts5" | "rtree";
  /** Everything an INSERT may name, in order. */
  readonly columns: readonly Column[];
  readonly keyColumns: readonly string[];
  readonly withoutRowid: boolean;
}

/** The columns that are neither key nor reference. */
export function valueColumns(table: Table): readonly Column[] {
  return table.columns.filter((column) => column.role === "value" || column.role === "timestamp");
}
