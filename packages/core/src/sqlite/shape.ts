import type { TableRules } from "../reconcile/merge.ts";
import { quoteName } from "./identifier.ts";
import type { Projection } from "./projection/projection.ts";
import type { Column, Table } from "./schema/types.ts";

/**
 * Where a table's working tables stand, as SQL names ready to use (`state."plan:orders"`). The plan
 * lives in the state for a run, in `temp` for a dry run; the base in the state or in an explicit ancestor.
 */
export interface WorkTables {
  /** Keyed rows when both sides last agreed: the table's synced columns. `null`: no base is known. */
  readonly base: string | null;
  /** Bag rows when both sides last agreed: synced columns and {@link COUNT}. `null`: no base is known. */
  readonly baseBag: string | null;
  /** One row per changed key: planned values and control columns. */
  readonly plan: string;
  /** One row per changed content of a bag: values and counts. */
  readonly planBag: string;
  /** Images of rows in conflict, by owner (conflict id) and image (`a`, `b`, `0` base, `w` written). */
  readonly kept: string;
  /** Where the images of conflicts parked by earlier runs are; `null` without a state. */
  readonly parkedKept: string | null;
  /** What rows held before the last runs, see `createWritten`. Not there without a state. */
  readonly written: string;
}

/** A side's stored table behind the pair's, and where statements find it. */
export interface SideTable extends Projection {
  /** What the pair sees of it: its columns by their common names, rows inside the filter. `a."orders"`, or a view. */
  readonly rows: string;
  /** The same with rows outside the filter: they can stand in the way. */
  readonly all: string;
  /** The stored table, to be written: `a."orders"`. */
  readonly target: string;
  /** It in its own terms, with those columns only that are written. */
  readonly own: Table;
}

/** A side's table with the plan in the side's own terms. */
export interface PlannedSide extends SideTable {
  readonly plan: string;
  readonly planBag: string;
}

/**
 * A table to sync and the names under which statements find it and its working tables. `table` is the
 * pair's common table: its constraints may be one side's only, whose own stand in `sides`.
 */
export interface Shape {
  readonly table: Table;
  /** What the pair sees of it on each side: `a."orders"`, `b."orders"`, or views of them. */
  readonly a: string;
  readonly b: string;
  readonly sides: Readonly<Record<"a" | "b", PlannedSide>>;
  readonly work: WorkTables;
  readonly rules: TableRules;
}

/** The table's base, where it is known that there is one. */
export function baseOf({ work, table }: Pick<Shape, "work" | "table">): string {
  if (work.base === null) throw new Error(`no base for ${table.name}`);
  return work.base;
}

/** Control columns stand beside the user's own in working tables; a column named like one is refused. */
export const CONTROL_PREFIX = "⟨sync⟩ ";

/** Names of control columns, ready to use in SQL. */
export const CONTROL = {
  /** A number of its own for each planned row. */
  n: '"⟨sync⟩ n"',
  /** What each side did to the row: `=` `~` `-` `+`, or `0`: absent in base and side. */
  didA: '"⟨sync⟩ did_a"',
  didB: '"⟨sync⟩ did_b"',
  /** `copy`, `agree`, `merge`, `resolve`, `park`, `held` by a direction, or `open`: a conflict not decided yet. */
  outcome: '"⟨sync⟩ outcome"',
  /** 1: the planned result is that the row does not exist. */
  gone: '"⟨sync⟩ gone"',
  /** What has to be done on each side, see {@link WRITE}. */
  toA: '"⟨sync⟩ to_a"',
  toB: '"⟨sync⟩ to_b"',
  /** The rowid the row has or should get on each side, where the rowid is not the key. */
  rowidA: '"⟨sync⟩ rowid_a"',
  rowidB: '"⟨sync⟩ rowid_b"',
  /** The id in `sync_conflict`, for rows in conflict or merged. */
  conflict: '"⟨sync⟩ conflict"',
  /** One letter per column: the image it comes from; `?`: in dispute. */
  sources: '"⟨sync⟩ sources"',
  /** Rows that a renumbering touches, see {@link REKEY}. */
  rekey: '"⟨sync⟩ rekey"',
  /** `table:n` of the decision that a renumbered or following row goes back to. */
  root: '"⟨sync⟩ root"',
  /** The side whose value is an old one that came back (`--lineage restored`). */
  stale: '"⟨sync⟩ stale"',
  /** In `kept`: whose row, and which image of it. */
  owner: '"⟨sync⟩ owner"',
  image: '"⟨sync⟩ image"',
  /** In bags: how often the content stands in base, a, b, and how often it shall. */
  count: '"⟨sync⟩ count"',
  countA: '"⟨sync⟩ count_a"',
  countB: '"⟨sync⟩ count_b"',
  countBase: '"⟨sync⟩ count_base"',
} as const;

/** Codes of `sync:to_a` and `sync:to_b`. */
export const WRITE = {
  nothing: 0,
  insert: 1,
  /** In place: no unique value changes. */
  update: 2,
  delete: 3,
  /** Deleted first and inserted again under its rowid, so that unique values can move between rows. */
  replace: 4,
} as const;

/** What a renumbering does with a planned row; NULL where it is not part of one. */
export const REKEY = {
  /** The side whose row leaves this key, which the other side's row keeps. */
  leavesA: "a",
  leavesB: "b",
  /** The row of a side that left its key, under the fresh one; that key is not one that was found changed. */
  freshA: "fresh-a",
  freshB: "fresh-b",
  /** The row points at one that got a fresh key, and follows it. */
  follows: "follows",
} as const;

/** Codes after which the row exists on the side: insert, update, replace. */
export const WRITES_ROW = "(1, 2, 4)";
/** Codes before which the side's present row goes away or changes: update, delete, replace. */
export const TOUCHES_ROW = "(2, 3, 4)";

/** The side's names in a shape and in the plan, to write a statement once for both sides. */
export interface SideNames {
  readonly side: "a" | "b";
  readonly did: string;
  readonly to: string;
  readonly rowid: string;
  readonly count: string;
}

export const SIDES: readonly SideNames[] = [
  { side: "a", did: CONTROL.didA, to: CONTROL.toA, rowid: CONTROL.rowidA, count: CONTROL.countA },
  { side: "b", did: CONTROL.didB, to: CONTROL.toB, rowid: CONTROL.rowidB, count: CONTROL.countB },
];

/** A name under `schema` for a working table: `state."plan:orders"`. */
export function workTable(schema: string, kind: string, table: string): string {
  return `${schema}.${quoteName(`${kind}:${table}`)}`;
}

/**
 * Column definitions for a working table shaped like the user's: same order, names and affinities,
 * so that keys are compared and values stored alike (SQLITE_NOTES 15).
 */
export function columnDefinitions(table: Table): string {
  return table.columns
    .map((column) => `${quoteName(column.name)} ${declaredType(table, column)}${collated(column)}`)
    .join(", ");
}

/** What SQLite takes anyway is not said: records go from table to table as they are only where the definitions agree. */
function collated({ collation }: Column): string {
  return collation.toUpperCase() === "BINARY" ? "" : ` COLLATE ${quoteName(collation)}`;
}

/** The key's columns with the collations of its index, for `PRIMARY KEY (…)` and `UNIQUE (…)`. */
export function keyDefinition(table: Table): string {
  return table.key
    .map((part) => `${quoteName(part.name)} COLLATE ${quoteName(part.collation)}`)
    .join(", ");
}

/** INT has the affinity of INTEGER, but does not make a PRIMARY KEY the rowid, which takes integers only. */
function declaredType({ keyIsRowid }: Table, { affinity }: Column): string {
  if (affinity === "INTEGER") return keyIsRowid ? "INTEGER" : "INT";
  return affinity === "BLOB" ? "" : affinity;
}
