import { compareDetails } from "./compare-details.ts";
import { compareObjects } from "./compare-objects.ts";
import { compareSchemas, tableNamed } from "./compare-schemas.ts";
import type { WholeSchema } from "./read-whole-schema.ts";
import type { SchemaDifference } from "./types.ts";

/**
 * Everything that differs between two schemas: what stops a sync (`compareSchemas`) and what does not. The
 * order of columns, constraints, triggers and tables is no difference, nor are names of indexes, spelling
 * and comments. Pure.
 */
export function compareWholeSchemas(a: WholeSchema, b: WholeSchema): SchemaDifference[] {
  const details = a.schema.tables.flatMap((table) => {
    const other = tableNamed(b.schema, table.name);
    return other === null ? [] : compareDetails(table, other);
  });
  return [...compareSchemas(a.schema, b.schema), ...details, ...compareObjects(a, b)];
}
