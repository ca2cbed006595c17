import { qualified } from "../expressions.ts";
import { isSameName, quoteName } from "../identifier.ts";
import { isKeyed } from "../plan-tables.ts";
import type { SeenPair } from "../projection/projection.ts";
import { allRows } from "../projection/views.ts";
import type { Table } from "../schema/types.ts";
import { SIDES } from "../shape.ts";
import type { Shape, SideNames } from "../shape.ts";

/** A column that points at another table's generated key, though no FOREIGN KEY says so. */
export interface SoftReference {
  readonly table: string;
  readonly column: string;
  /** The table whose key it holds. */
  readonly to: string;
}

/** Columns of a child that hold the key of a parent, or a part of it. */
export interface KeyReference {
  /** `null` where the child is not part of the run, has no key, or its column is a generated one: such rows cannot follow. */
  readonly child: Shape | null;
  readonly childTable: Table;
  readonly childRows: Readonly<Record<"a" | "b", string>>;
  readonly columns: readonly string[];
  readonly parent: Shape;
  /** Each a part of the parent's key. */
  readonly parentColumns: readonly string[];
  /** Where the child is: a table that is not part of the run may be on one side only. */
  readonly sides: readonly SideNames[];
}

/** Everything that points at keys of the run's tables, declared or named by the caller. */
export function findKeyReferences(
  seen: SeenPair,
  shapes: readonly Shape[],
  soft: readonly SoftReference[],
): KeyReference[] {
  const shapeNamed = (name: string): Shape | undefined =>
    shapes.find(({ table }) => isSameName(table.name, name));
  return SIDES.flatMap((side) => {
    // What is declared on one side only holds for the pair: see `commonTable`.
    const tables = seen[side.side].schema.tables.map(
      (table) => shapeNamed(table.name)?.table ?? table,
    );
    const found = [...declaredIn(tables), ...namedIn(tables, soft, shapeNamed)];
    return found.flatMap((reference): KeyReference[] => {
      const parent = shapeNamed(reference.parentTable);
      const shape = shapeNamed(reference.childTable.name);
      // The run's tables are alike on both sides; the others are looked at side by side.
      if (parent === undefined || (shape !== undefined && side !== SIDES[0])) return [];
      const child = shape !== undefined && canFollow(shape, reference.columns) ? shape : null;
      const sides = shape === undefined ? [side] : SIDES;
      const rowsOn = (one: "a" | "b"): string =>
        shape?.sides[one].all ?? allRows(seen[one], one, reference.childTable.name);
      const childRows = { a: rowsOn("a"), b: rowsOn("b") };
      return toKey({ ...reference, parent, child, sides, childRows });
    });
  });
}

/** Rows are found by their key, and what points is written: not where SQLite generates the column. */
function canFollow(shape: Shape, columns: readonly string[]): boolean {
  const isStored = (name: string): boolean =>
    shape.table.columns.some((column) => isSameName(column.name, name));
  return isKeyed(shape) && columns.every((name) => isStored(name));
}

type Pointing = Pick<KeyReference, "childTable" | "columns" | "parentColumns"> & {
  readonly parentTable: string;
};

function declaredIn(tables: readonly Table[]): Pointing[] {
  return tables.flatMap((childTable) =>
    childTable.foreignKeys.map(({ columns, parentTable, parentColumns }) => ({
      childTable,
      columns,
      parentTable,
      parentColumns,
    })),
  );
}

function namedIn(
  tables: readonly Table[],
  soft: readonly SoftReference[],
  shapeNamed: (name: string) => Shape | undefined,
): Pointing[] {
  return soft.flatMap(({ table, column, to }) => {
    const childTable = tables.find(({ name }) => isSameName(name, table));
    const [key] = shapeNamed(to)?.table.key ?? [];
    if (childTable === undefined || key === undefined) return [];
    return [{ childTable, columns: [column], parentTable: to, parentColumns: [key.name] }];
  });
}

/** What of a reference is to the key: one to `UNIQUE (id, tenant)` points at the `id` as well. */
function toKey(reference: KeyReference): KeyReference[] {
  const { parent, columns, parentColumns } = reference;
  const isInKey = parentColumns.map((name) =>
    parent.table.key.some((part) => isSameName(part.name, name)),
  );
  if (!isInKey.includes(true)) return [];
  const part = (names: readonly string[]): string[] => names.filter((_, at) => isInKey[at]);
  return [{ ...reference, columns: part(columns), parentColumns: part(parentColumns) }];
}

/** The child's rows on a side, those outside a filter too, as an SQL name. */
export function childOn({ childRows }: KeyReference, { side }: SideNames): string {
  return childRows[side];
}

/**
 * `x.columns` hold the parent's key, compared as the parent compares.
 *
 * @param keyColumn - an SQL name for a column of the parent's key, by its position
 */
export function pointsAtKey(
  { columns, parent, parentColumns }: KeyReference,
  x: string,
  keyColumn: (at: number) => string,
): string {
  return parentColumns
    .map((name, i) => {
      const at = parent.table.key.findIndex((part) => isSameName(part.name, name));
      const collation = parent.table.key[at]?.collation ?? "BINARY";
      return `${keyColumn(at)} = +${qualified(columns[i] ?? "", x)} COLLATE ${quoteName(collation)}`;
    })
    .join(" AND ");
}

/** The positions in the child's key of columns that hold the parent's key; `-1` for columns outside of it. */
export function keyPositions({ childTable, columns }: KeyReference): number[] {
  return columns.map((name) => childTable.key.findIndex((part) => isSameName(part.name, name)));
}
