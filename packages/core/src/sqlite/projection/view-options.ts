import { otherSide } from "@sync/model";
import type { Side, SqlValue } from "@sync/model";

/** One thing on each side; a side that is left out has what the common name says. */
export type BySide<Value> = Readonly<Partial<Record<Side, Value>>>;

/** How one table of a pair is called, and which of its columns the sides share. Names compare without case. */
export interface TableMap {
  /** The table's own name on a side. */
  readonly table?: BySide<string>;
  /** Columns by their common name, with their own names on a side: `{ total: { b: "summe" } }`. */
  readonly columns?: Readonly<Record<string, BySide<string>>>;
  /** Columns by their common name that are left out: each side keeps its own values in them. */
  readonly ignore?: readonly string[];
  /** What a side that has no such column reads as: `{ b: { source: "shop" } }`. */
  readonly constant?: BySide<Readonly<Record<string, SqlValue>>>;
}

/** One entry of the caller's map, with the tables it is about. */
export interface NamedTable {
  readonly common: string;
  readonly map: TableMap;
  /** Their own names. */
  readonly stored: Readonly<Record<Side, string>>;
}

/** Which rows of a table are in the pair: one SQL expression for both sides, or one for each. */
export type RowFilter = string | BySide<string>;

/** How the tables of two databases are seen as the tables of a pair. */
export interface ViewOptions {
  /** By the table's common name. */
  readonly map?: Readonly<Record<string, TableMap>>;
  /** By the table's common name. A row outside on either side is outside on both: left as it is. */
  readonly where?: Readonly<Record<string, RowFilter>>;
  /** Tables to leave out, by common name or glob. */
  readonly exclude?: readonly string[];
  /**
   * What becomes of columns and tables that one side alone has: `stop` (default) the run, or sync what is
   * `common` to both, until the other side has them, too.
   */
  readonly schemaDrift?: "stop" | "common";
}

/** The same for somebody who names the sides the other way round. */
export function swapViewOptions({ map, where, ...rest }: ViewOptions): ViewOptions {
  return {
    ...rest,
    ...(map === undefined ? {} : { map: mapValues(map, swapTableMap) }),
    ...(where === undefined ? {} : { where: mapValues(where, swapFilter) }),
  };
}

function swapTableMap({ table, columns, constant, ...rest }: TableMap): TableMap {
  return {
    ...rest,
    ...(table === undefined ? {} : { table: swapSides(table) }),
    ...(columns === undefined
      ? {}
      : { columns: mapValues<BySide<string>, BySide<string>>(columns, swapSides) }),
    ...(constant === undefined ? {} : { constant: swapSides(constant) }),
  };
}

function swapFilter(filter: RowFilter): RowFilter {
  return typeof filter === "string" ? filter : swapSides(filter);
}

function swapSides<Value>(both: BySide<Value>): BySide<Value> {
  // Keys of the object are sides.
  const entries = Object.entries(both) as [Side, Value][];
  return Object.fromEntries(entries.map(([side, value]) => [otherSide(side), value]));
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
