import { quoteName } from "./identifier.ts";
import type { Column, Table } from "./schema/types.ts";

/** The smallest INTEGER; the only one that can equal a REAL under INTEGER or NUMERIC affinity (SQLITE_NOTES 13). */
const SMALLEST = "-9223372036854775808";

/** `x."id", x."name"`: the synced columns of a table, in its order. */
export function columnList(table: Table, alias?: string): string {
  return table.columns.map((column) => qualified(column.name, alias)).join(", ");
}

/** `x."order_id", x."line"`: the key columns of a table. */
export function keyList(table: Table, alias?: string): string {
  return table.key.map((part) => qualified(part.name, alias)).join(", ");
}

export function qualified(column: string, alias?: string): string {
  return alias === undefined ? quoteName(column) : `${alias}.${quoteName(column)}`;
}

/** True where two rows hold exactly the same in every column; for bags, which have no key. */
export function contentMatches(table: Table, x: string, y: string): string {
  const same = table.columns.map(({ name, mixedClasses }) => {
    const [left, right] = [qualified(name, x), qualified(name, y)];
    const equal = `${left} IS ${right} COLLATE BINARY`;
    return mixedClasses === "never" ? equal : `${equal} AND typeof(${left}) = typeof(${right})`;
  });
  return balanced(same, "AND", "TRUE");
}

/**
 * True where `x` and `y` hold the same key, compared as the key's index compares, so that it is used
 * (SQLITE_NOTES 11, 12). Write the table to be searched as `x`; `y` is kept from using an index of its own.
 * Rows with NULL in the key never match.
 */
export function keyMatches(table: Table, x: string, y: string): string {
  return table.key
    .map((part) => {
      const collate = isIntegerOnly(table, part.name)
        ? ""
        : ` COLLATE ${quoteName(part.collation)}`;
      return `${qualified(part.name, x)} = +${qualified(part.name, y)}${collate}`;
    })
    .join(" AND ");
}

/** True where some key column is NULL: such rows are a bag among themselves (DESIGN §5). */
export function keyHasNull(table: Table, alias: string): string {
  return table.key.length === 0
    ? "TRUE"
    : anyOf(table.key.map((part) => `${qualified(part.name, alias)} IS NULL`));
}

/** Of a LEFT JOINed keyed row: nothing was found. */
export function isAbsent(table: Table, alias: string): string {
  const first = table.key[0];
  if (first === undefined) throw new Error(`isAbsent needs a key: ${table.name}`);
  // In parentheses: `IS` and `<>` bind equally, from the left.
  return `(${qualified(first.name, alias)} IS NULL)`;
}

/**
 * True where two rows with the same key are not exactly the same (DESIGN §5): storage class or value
 * differ in some column. Columns that the key match already proved equal are left out.
 */
export function rowsDiffer(table: Table, x: string, y: string): string {
  const columns = table.columns.filter((column) => !isExactKeyPart(table, column.name));
  return anyOf(
    columns.map((column) =>
      valuesDiffer(column, qualified(column.name, x), qualified(column.name, y)),
    ),
  );
}

/** True where two values of one column differ in storage class or value; SQL expressions in, one out. */
export function valuesDiffer(column: Column, x: string, y: string): string {
  const differ = `${x} IS NOT ${y} COLLATE BINARY`;
  switch (column.mixedClasses) {
    case "never":
      return differ;
    case "extreme":
      return `(${differ} OR (${x} = ${SMALLEST} AND typeof(${x}) <> typeof(${y})))`;
    case "any":
      return `(${differ} OR typeof(${x}) <> typeof(${y}))`;
  }
}

/**
 * True where a UNIQUE value of a row may differ between `x` and `y`, so that it can only be written once
 * the old one is gone. A superset: expressions, partial indexes and generated columns count as changed.
 */
export function uniqueValuesDiffer(table: Table, x: string, y: string): string {
  if (table.kind === "virtual") return "TRUE";
  const parts = table.uniqueIndexes.flatMap((index) => index.parts);
  const stored = table.columns.filter(({ name }) => parts.some((part) => part.column === name));
  const isPlain =
    table.uniqueIndexes.every((index) => index.where === null) &&
    parts.every((part) => stored.some(({ name }) => name === part.column));
  if (!isPlain) return "TRUE";
  return anyOf(
    stored.map((column) =>
      valuesDiffer(column, qualified(column.name, x), qualified(column.name, y)),
    ),
  );
}

/** `a OR b OR c` as a balanced tree: a chain would meet SQLITE_MAX_EXPR_DEPTH (1000) in wide tables. */
export function anyOf(conditions: readonly string[]): string {
  return balanced(conditions, "OR", "FALSE");
}

/** `a || b || c` as a balanced tree. */
export function concatenated(texts: readonly string[]): string {
  return balanced(texts, "||", "''");
}

function balanced(parts: readonly string[], operator: string, empty: string): string {
  const [first] = parts;
  if (first === undefined) return empty;
  if (parts.length === 1) return first;
  const middle = parts.length >> 1;
  const left = balanced(parts.slice(0, middle), operator, empty);
  const right = balanced(parts.slice(middle), operator, empty);
  return `(${left} ${operator} ${right})`;
}

/** A key column whose match proves the values identical: BINARY, and one storage class only. */
function isExactKeyPart(table: Table, name: string): boolean {
  const part = table.key.find((candidate) => candidate.name === name);
  if (part === undefined) return false;
  if (isIntegerOnly(table, name)) return true;
  const column = table.columns.find((candidate) => candidate.name === name);
  return column?.mixedClasses === "never" && part.collation.toUpperCase() === "BINARY";
}

/** The rowid, or INTEGER of a STRICT table: collations cannot matter. */
function isIntegerOnly(table: Table, name: string): boolean {
  const column = table.columns.find((candidate) => candidate.name === name);
  return column?.affinity === "INTEGER" && column.mixedClasses === "never";
}
