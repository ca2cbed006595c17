import { isSameName, quoteName } from "../identifier.ts";
import { isKeyed } from "../plan-tables.ts";
import type { Schema, Table } from "../schema/types.ts";
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
  /** `null` where the child is not part of the run, or its rows have no key: such rows cannot follow. */
  readonly child: Shape | null;
  readonly childTable: Table;
  readonly columns: readonly string[];
  readonly parent: Shape;
  /** Each a part of the parent's key. */
  readonly parentColumns: readonly string[];
}

/** Everything that points at keys of the run's tables, declared or named by the caller. */
export function findKeyReferences(
  schema: Schema,
  shapes: readonly Shape[],
  soft: readonly SoftReference[],
): KeyReference[] {
  const shapeNamed = (name: string): Shape | undefined =>
    shapes.find(({ table }) => isSameName(table.name, name));
  const declared = schema.tables.flatMap((childTable) =>
    childTable.foreignKeys.map(({ columns, parentTable, parentColumns }) => ({
      childTable,
      columns,
      parent: shapeNamed(parentTable),
      parentColumns,
    })),
  );
  const named = soft.flatMap(({ table, column, to }) => {
    const childTable = schema.tables.find(({ name }) => isSameName(name, table));
    const parent = shapeNamed(to);
    const [key] = parent?.table.key ?? [];
    if (childTable === undefined || key === undefined) return [];
    return [{ childTable, columns: [column], parent, parentColumns: [key.name] }];
  });
  return [...declared, ...named].flatMap(({ parent, ...reference }) => {
    if (parent === undefined || !isToKey(parent.table, reference.parentColumns)) return [];
    const child = shapeNamed(reference.childTable.name);
    return [{ ...reference, parent, child: child !== undefined && isKeyed(child) ? child : null }];
  });
}

function isToKey({ key }: Table, columns: readonly string[]): boolean {
  return (
    columns.length > 0 && columns.every((name) => key.some((part) => isSameName(part.name, name)))
  );
}

/** The child's table on a side, as an SQL name. */
export function childOn({ childTable }: KeyReference, side: SideNames): string {
  return `${side.side}.${quoteName(childTable.name)}`;
}

/** The positions in the child's key of columns that hold the parent's key; `-1` for columns outside of it. */
export function keyPositions({ childTable, columns }: KeyReference): number[] {
  return columns.map((name) => childTable.key.findIndex((part) => isSameName(part.name, name)));
}
