import type { ForeignKey, Table } from "../schema/types.ts";
import { foldName, isSameName } from "../identifier.ts";
import { bothTables, isMapped } from "./views.ts";
import type { SeenPair } from "./projection.ts";

/**
 * A table of the pair, by its common name, as the first side has it in common terms. What points at other tables on either
 * side points there in the pair: what is written is checked against each side's own constraints anyway.
 */
export function commonTable(seen: SeenPair, table: Table): Table {
  const both = bothTables(seen, table.name);
  if (both === null || !isMapped(both)) return table;
  const more = both.b.seen.foreignKeys.filter(
    (key) => !table.foreignKeys.some((one) => isSameKey(one, key)),
  );
  return more.length === 0 ? table : { ...table, foreignKeys: [...table.foreignKeys, ...more] };
}

/** Its columns are not stored alike on both sides: each has constraints of its own. */
export function isMappedTable(seen: SeenPair, name: string): boolean {
  const both = bothTables(seen, name);
  return both !== null && isMapped(both);
}

function isSameKey(one: ForeignKey, other: ForeignKey): boolean {
  const text = ({ columns, parentColumns }: ForeignKey): string =>
    JSON.stringify([columns.map(foldName), parentColumns.map(foldName)]);
  return isSameName(one.parentTable, other.parentTable) && text(one) === text(other);
}
