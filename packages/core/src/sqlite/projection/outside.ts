import { keyMatches, qualified } from "../expressions.ts";
import { foldName, quoteName } from "../identifier.ts";
import { tokenize } from "../schema/tokenizer.ts";
import { nameOf } from "../schema/tokens.ts";
import type { Table } from "../schema/types.ts";
import { workTable } from "../shape.ts";
import type { SideTable } from "../shape.ts";

/** Rows with a key, which may stand on the side already, or contents without one, which come as new rows. */
type RowKind = "keyed" | "content";

/** The side has a row with the key of `p`, and it is outside its filter. SQL; `p` has the common key. */
export function standsOutside(table: Table, { all, rows, where }: SideTable, p: string): string {
  if (where === null) return "FALSE";
  const has = (source: string): string =>
    `EXISTS (SELECT 1 FROM ${source} AS f WHERE ${keyMatches(table, "f", p)})`;
  return `(${has(all)} AND NOT ${has(rows)})`;
}

/**
 * Row `x`, in common terms, would be outside the filter of a side if it were written there. What the pair
 * does not see stays as it is in a row that is there, and is the default in a new one.
 */
export function wouldBeOutside(
  table: Table,
  to: SideTable,
  x: string,
  kind: RowKind = "keyed",
): string {
  if (to.where === null) return "FALSE";
  if (!usesOwnColumns(to)) return `NOT ${isInside(to, x, "")}`;
  const asNew = isInside(to, x, ` FROM ${freshRow(to)} AS f`);
  if (kind === "content") return `NOT ${asNew}`;
  const { target, columns } = to;
  const stored = (name: string): string => {
    const column = columns.find((one) => one.name === name);
    return column?.type === "stored" ? column.stored : name;
  };
  const match = table.key
    .map(
      ({ name, collation }) =>
        `f.${quoteName(stored(name))} = +${qualified(name, x)} COLLATE ${quoteName(collation)}`,
    )
    .join(" AND ");
  const isThere = `EXISTS (SELECT 1 FROM ${target} AS f WHERE ${match})`;
  const asUpdate = isInside(to, x, ` FROM ${target} AS f WHERE ${match}`);
  return `NOT CASE WHEN ${isThere} THEN ${asUpdate} ELSE ${asNew} END`;
}

/** The filter over the row as the side would store it; its own columns come from `f`. */
function isInside({ stored, columns, leftOut, where }: SideTable, x: string, from: string): string {
  const values = columns.flatMap((column) =>
    column.type === "stored" ? [`${qualified(column.name, x)} AS ${quoteName(column.stored)}`] : [],
  );
  const own =
    from === "" ? [] : leftOut.map(({ name }) => `${qualified(name, "f")} AS ${quoteName(name)}`);
  return `EXISTS (SELECT 1 FROM (SELECT ${[...values, ...own].join(", ")}${from}) AS ${quoteName(stored.name)} WHERE (${where ?? "TRUE"}))`;
}

/** The filter speaks of columns that the pair does not see. */
export function usesOwnColumns({ where, leftOut }: SideTable): boolean {
  const names = new Set(tokenize(where ?? "").map((token) => foldName(nameOf(token) ?? "")));
  return leftOut.some(({ name }) => names.has(foldName(name)));
}

/** `temp."fresh b:orders"`: one row with what a new row gets in columns that the pair does not see. */
export function freshRow({ seen, target }: SideTable): string {
  return workTable("temp", `fresh ${target.slice(0, 1)}`, seen.name);
}
