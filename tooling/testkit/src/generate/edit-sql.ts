import { quoteName, quoteNames } from "../quote.ts";
import { valueColumns } from "./table.ts";
import type { Column, ForeignKey, Table } from "./table.ts";
import { literal } from "./values.ts";

/** A table that edits are made on. */
export interface EditedTable {
  readonly table: Table;
  readonly foreignKey: ForeignKey | null;
}

/** What an edit is about, whatever its kind. */
export interface EditChoices {
  readonly table: number;
  /** The n-th row in key order, modulo how many there are when it runs. */
  readonly row: number;
  readonly otherRow: number;
  readonly column: number;
  readonly values: readonly number[];
}

/** An edit of a table, before it is SQL. */
export interface Work extends EditedTable {
  readonly spec: EditChoices;
}

/** `INSERT INTO t (…) VALUES (…)` with a value from each column's pool. */
export function insertSql(target: EditedTable, values: readonly number[], verb = "INSERT"): string {
  const { table } = target;
  if (table.columns.length === 0) return `${verb} INTO ${quoteName(table.name)} DEFAULT VALUES`;
  // The columns of a composite reference share a choice, so that they name one parent.
  const reference = table.columns.findIndex((column) => column.role === "foreign-key");
  const literals = table.columns.map((column, at) => {
    const choice = column.role === "foreign-key" ? reference : at;
    return valueSql(column, values[choice % Math.max(values.length, 1)] ?? 0, target.foreignKey);
  });
  const names = quoteNames(table.columns.map((column) => column.name));
  return `${verb} INTO ${quoteName(table.name)} (${names}) VALUES (${literals.join(", ")})`;
}

/** A condition that holds for the n-th row in key order, modulo how many rows there are. */
export function nthRow(table: Table, n: number): string {
  const name = quoteName(table.name);
  const names = table.withoutRowid ? quoteNames(table.keyColumns) : rowidOf(table);
  const offset = `${n} % max(1, (SELECT count(*) FROM ${name}))`;
  return `(${names}) IN (SELECT ${names} FROM ${name} ORDER BY ${names} LIMIT 1 OFFSET ${offset})`;
}

/** A column may be called rowid, so the name that no column here has. */
function rowidOf(table: Table): string {
  return table.kind === "table" ? "_rowid_" : "rowid";
}

export function pickColumn({ table, spec }: Work, next: number): Column {
  const columns = valueColumns(table);
  const column = columns[(spec.column + next) % columns.length];
  if (column === undefined) throw new Error(`${table.name} has no column to update`);
  return column;
}

/** `"c" = value`, and the time of change with it, as an application would. */
export function assignment(work: Work, next: number): string {
  const column = pickColumn(work, next);
  const choice = work.spec.values[next % Math.max(work.spec.values.length, 1)] ?? 0;
  const stamp = work.table.columns.find((other) => other.role === "timestamp");
  const parts = [`${quoteName(column.name)} = ${valueSql(column, choice, null)}`];
  if (stamp !== undefined && stamp !== column) {
    const time = work.spec.values.at(-1) ?? 0;
    parts.push(`${quoteName(stamp.name)} = ${literal("timestamp", time)}`);
  }
  return parts.join(", ");
}

export function secondUpdate(work: Work): string {
  const where = nthRow(work.table, work.spec.otherRow);
  return `UPDATE ${quoteName(work.table.name)} SET ${assignment(work, 1)} WHERE ${where}`;
}

export function keyColumn({ table, spec }: Work): Column | undefined {
  const keys = table.columns.filter((column) => column.role === "key");
  return keys[spec.column % keys.length];
}

export function rekey(work: Work): string {
  const { table, spec } = work;
  const column = keyColumn(work);
  if (column === undefined) throw new Error(`${table.name} has no key`);
  const choice = spec.values[0] ?? 0;
  const value = valueSql(column, column.pool === "auto-key" ? choice + 1 : choice, null);
  return `${quoteName(column.name)} = ${value}`;
}

/** Upper case becomes lower case and the other way round; in a text key where there is one. */
export function recase(work: Work): string {
  const key = work.table.columns.find((column) => column.pool === "text-key");
  const column = quoteName((key ?? pickColumn(work, 0)).name);
  const other = `CASE WHEN ${column} = upper(${column}) COLLATE BINARY THEN lower(${column}) ELSE upper(${column}) END`;
  const where = `${nthRow(work.table, work.spec.row)} AND typeof(${column}) = 'text'`;
  return `UPDATE ${quoteName(work.table.name)} SET ${column} = ${other} WHERE ${where}`;
}

export function reparent({ table, foreignKey, spec }: Work): string {
  return table.columns
    .filter((column) => column.role === "foreign-key")
    .map((column) => `${quoteName(column.name)} = ${valueSql(column, spec.otherRow, foreignKey)}`)
    .join(", ");
}

export function reinsert(table: Table, where: string): string[] {
  const name = quoteName(table.name);
  const columns = quoteNames(table.columns.map((column) => column.name));
  const names = columns === "" ? "only" : columns;
  return [
    `CREATE TEMP TABLE held AS SELECT ${names} FROM ${name} ${where}`,
    `DELETE FROM ${name} ${where}`,
    `INSERT INTO ${name} (${names}) SELECT * FROM temp.held`,
    "DROP TABLE temp.held",
  ];
}

export function swapColumn(table: Table): Column | undefined {
  const columns = table.columns.filter((column) => column.role === "value");
  return columns.find((column) => column.unique) ?? columns[0];
}

/** Two rows exchange a value, by way of a third one, since it may be unique. */
export function swap({ table, spec }: Work, column: Column | undefined): string[] {
  if (column === undefined) throw new Error(`${table.name} has no column to swap`);
  const [name, swapped] = [quoteName(table.name), quoteName(column.name)];
  const [one, two] = [nthRow(table, spec.row), nthRow(table, spec.otherRow)];
  return [
    "CREATE TEMP TABLE held (one, two)",
    `INSERT INTO temp.held SELECT (SELECT ${swapped} FROM ${name} WHERE ${one}), (SELECT ${swapped} FROM ${name} WHERE ${two})`,
    `UPDATE ${name} SET ${swapped} = ${placeholder(column)} WHERE ${one}`,
    `UPDATE ${name} SET ${swapped} = (SELECT one FROM temp.held) WHERE ${two}`,
    `UPDATE ${name} SET ${swapped} = (SELECT two FROM temp.held) WHERE ${one}`,
    "DROP TABLE temp.held",
  ];
}

/** Three rows pass a value on in a circle. */
export function rotate({ table, spec }: Work): string[] {
  const column = swapColumn(table);
  if (column === undefined) throw new Error(`${table.name} has no column to rotate`);
  const [name, moved] = [quoteName(table.name), quoteName(column.name)];
  const rows = [spec.row, spec.otherRow, spec.column].map((n) => nthRow(table, n));
  const keys = table.withoutRowid ? quoteNames(table.keyColumns) : rowidOf(table);
  const held = rows.map(
    (row, at) => `INSERT INTO temp.held SELECT ${at}, ${moved}, ${keys} FROM ${name} WHERE ${row}`,
  );
  const columns = table.withoutRowid ? table.keyColumns.map((_, at) => `k${at}`) : ["k0"];
  const find = (at: number): string =>
    `(${keys}) IN (SELECT ${columns.join(", ")} FROM temp.held WHERE n = ${at})`;
  return [
    `CREATE TEMP TABLE held (n, value, ${columns.join(", ")})`,
    ...held,
    `UPDATE ${name} SET ${moved} = ${placeholder(column, 0)} WHERE ${find(0)}`,
    `UPDATE ${name} SET ${moved} = ${placeholder(column, 1)} WHERE ${find(1)}`,
    ...[2, 1, 0].map(
      (at) =>
        `UPDATE ${name} SET ${moved} = (SELECT value FROM temp.held WHERE n = ${(at + 2) % 3}) WHERE ${find(at)}`,
    ),
    "DROP TABLE temp.held",
  ];
}

/** A row goes, and another one takes the value it had. */
export function handOver({ table, spec }: Work): string[] {
  const column = swapColumn(table);
  if (column === undefined) throw new Error(`${table.name} has no column to hand over`);
  const [name, moved] = [quoteName(table.name), quoteName(column.name)];
  const row = nthRow(table, spec.row);
  return [
    `CREATE TEMP TABLE held AS SELECT ${moved} AS value FROM ${name} WHERE ${row}`,
    `DELETE FROM ${name} WHERE ${row}`,
    `UPDATE ${name} SET ${moved} = (SELECT value FROM temp.held) WHERE ${nthRow(table, spec.otherRow)}`,
    "DROP TABLE temp.held",
  ];
}

/** Three of four rows go, the first ones. */
export function purge(table: Table): string {
  const name = quoteName(table.name);
  const names = table.withoutRowid ? quoteNames(table.keyColumns) : rowidOf(table);
  return `DELETE FROM ${name} WHERE (${names}) IN (SELECT ${names} FROM ${name} ORDER BY ${names} LIMIT (SELECT count(*) * 3 / 4 FROM ${name}))`;
}

/** A value that no pool has; two different ones where two rows wait at once. */
function placeholder(column: Column, which = 0): string {
  if (column.pool === "text" || column.pool === "mostly-text" || column.pool === "text-key")
    return `'held for the swap${which === 0 ? "" : ` ${which}`}'`;
  return column.pool === "blob" ? `X'5a5a5a${which}${which}'` : String(123456789 + which);
}

/** A reference is an existing parent's key, two of three times; every eighth other value is NULL. */
function valueSql(column: Column, choice: number, foreignKey: ForeignKey | null): string {
  if (column.role === "foreign-key") return referenceSql(column, choice, foreignKey);
  return column.nullable && choice % 8 === 7 ? "NULL" : literal(column.pool, choice);
}

function referenceSql(column: Column, choice: number, foreignKey: ForeignKey | null): string {
  if (foreignKey === null || choice % 3 === 2) return "NULL";
  const { parent } = foreignKey;
  const target = parent.keyColumns[foreignKey.columns.indexOf(column.name)] ?? "";
  return `(SELECT ${quoteName(target)} FROM ${quoteName(parent.name)} WHERE ${nthRow(parent, choice)})`;
}
