import { SyncError, nearestNames } from "@sync/model";
import type { TableOptions } from "../reconcile/merge.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import { isSameName } from "../sqlite/identifier.ts";
import { tableNamed } from "../sqlite/schema/compare-schemas.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import { refuseUnknown } from "./choose-tables.ts";

/** What a caller says about tables and columns, by name. */
export interface NamedColumns {
  readonly tableOptions: readonly TableOptions[];
  readonly references: readonly SoftReference[];
}

/**
 * A misspelled name would be an option that does nothing, without a word. Pure.
 *
 * @throws SyncError SYNC_UNKNOWN_TABLE, or SYNC_USAGE for an unknown column, with the nearest name
 */
export function refuseUnknownNames(
  a: Schema,
  b: Schema,
  { tableOptions, references }: NamedColumns,
): void {
  const tables = [
    ...tableOptions.map(({ table }) => table),
    ...references.flatMap(({ table, to }) => [table, to]),
  ];
  refuseUnknown(a, b, tables);
  for (const { table, timestamp, groups = [] } of tableOptions) {
    const columns = [...groups.flat(), ...(timestamp === undefined ? [] : [timestamp])];
    for (const column of columns) refuseUnknownColumn(a, table, column);
  }
  for (const { table, column } of references) refuseUnknownColumn(a, table, column);
}

function refuseUnknownColumn(schema: Schema, table: string, column: string): void {
  const names = tableNamed(schema, table)?.columns.map(({ name }) => name) ?? [column];
  if (names.some((name) => isSameName(name, column))) return;
  const [near] = nearestNames(column, names, 1);
  const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
  throw new SyncError("SYNC_USAGE", `Table \`${table}\` has no column \`${column}\`${hint}`, {
    next: `Its columns are ${names.map((name) => `\`${name}\``).join(", ")}.`,
  });
}
