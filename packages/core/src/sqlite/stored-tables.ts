import type { Schema, Table } from "./schema/types.ts";
import type { Shape, SideNames } from "./shape.ts";

/** The tables of a side behind some shapes, in the order of its schema, with the side's own triggers. */
export function storedTables(
  schema: Schema,
  shapes: readonly Shape[],
  { side }: SideNames,
): Table[] {
  const stored = new Set(shapes.map(({ sides }) => sides[side].stored.name));
  return schema.tables.filter(({ name }) => stored.has(name));
}
