import type { Side } from "@sync/model";
import type { Column, Schema, SchemaDifference, Table } from "../schema/types.ts";

/** Which sides rows are written to: what would be lost on the way to one that never is, is not lost. */
export type WrittenSides = Readonly<Record<"a" | "b", boolean>>;

/** A column of the pair's common table, and where a side has it. */
export type ProjectedColumn =
  | { readonly type: "stored"; readonly name: string; readonly stored: string }
  /** The side has no such column: it reads as this SQL literal, and is never written. */
  | { readonly type: "constant"; readonly name: string; readonly literal: string };

/**
 * How a side's stored table is seen as the pair's common table: other names, columns that the other side
 * does not see, and a filter on rows. A plain table is seen as it is, by the SQL that names it.
 */
export interface Projection {
  /** As the side defines it. */
  readonly stored: Table;
  /** The same in common terms: the pair's name, columns and key; constraints over columns that are left out are not in it. */
  readonly seen: Table;
  /** In the order of `seen.columns`. */
  readonly columns: readonly ProjectedColumn[];
  /** Columns of the stored table that are the side's own business. */
  readonly leftOut: readonly Column[];
  /** What was said about names, for the state to notice a change; `null`: nothing. */
  readonly mapping: Mapping | null;
  /** An SQL expression over stored columns: TRUE for the rows of the pair; `null`: all of them. */
  readonly where: string | null;
}

/** Which stored values a common column stands for. Names are folded, lists sorted. */
export interface Mapping {
  /** The stored table's name, where it is not the common one. */
  readonly table: string | null;
  /** Common and stored name of each column that was given another one. */
  readonly renamed: readonly (readonly [common: string, stored: string])[];
  readonly constants: readonly (readonly [common: string, literal: string])[];
  readonly ignored: readonly string[];
}

/** One side's tables as the pair sees them. */
export interface SeenSide {
  /** Tables in common terms; what cannot be synced stays as it is stored. */
  readonly schema: Schema;
  /** By the folded common name, for every table of `schema`. */
  readonly projections: ReadonlyMap<string, Projection>;
}

/** A column of a table of the pair that one side has, and the other has not. */
export interface DriftedColumn {
  readonly table: string;
  readonly column: string;
  readonly onlyIn: Side;
}

/** What one side has, and the other has not, or not yet. */
export interface Drift {
  readonly columns: readonly DriftedColumn[];
  /** Tables by their common names. */
  readonly tables: readonly { readonly table: string; readonly onlyIn: Side }[];
}

/** What is left out of a pair for now, with sides as its caller names them. */
export interface LeftForNow extends Drift {
  /** What else differs in the tables with such columns: no drift, and in the way. */
  readonly differences: readonly SchemaDifference[];
}

/** Both sides as the pair sees them. */
export interface SeenPair extends Readonly<Record<"a" | "b", SeenSide>> {
  /** Where only common columns are synced: what one side alone has. */
  readonly drift?: LeftForNow;
}

/** The projection of a table that nothing was said about. */
export function plainProjection(stored: Table, seen: Table = stored): Projection {
  const columns = stored.columns.map(({ name }) => ({
    type: "stored" as const,
    name,
    stored: name,
  }));
  return { stored, seen, columns, leftOut: [], mapping: null, where: null };
}

/** The columns of the stored table, all of them, under their own names. */
export function hasPlainColumns({ columns, leftOut }: Projection): boolean {
  return leftOut.length === 0 && columns.every((column) => isPlain(column));
}

/** Stored names are the common ones, so that a plan can be read in the side's own terms as it is. */
export function hasOwnNames({ columns }: Projection): boolean {
  return columns.some((column) => column.type === "stored" && column.stored !== column.name);
}

function isPlain(column: ProjectedColumn): boolean {
  return column.type === "stored" && column.stored === column.name;
}

/** The stored table in its own terms, with those columns only that the pair sees: what is written there. */
export function ownTable({ stored, columns }: Projection): Table {
  const own = columns.flatMap((column) =>
    column.type === "stored" ? stored.columns.filter(({ name }) => name === column.stored) : [],
  );
  return { ...stored, columns: own };
}
