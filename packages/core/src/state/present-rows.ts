import type Database from "better-sqlite3";
import type { Row, Side } from "@sync/model";
import { isAbsent, keyMatches, rowsDiffer, valuesDiffer } from "../sqlite/expressions.ts";
import { qualified } from "../sqlite/expressions.ts";
import { isSameName } from "../sqlite/identifier.ts";
import type { BothTables } from "../sqlite/projection/views.ts";
import { columnNames, readRows } from "../sqlite/rows.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";

/** A row in conflict as both sides hold it now. */
export interface PresentRows {
  readonly a: Row | null;
  readonly b: Row | null;
  /** Columns in which they differ, storage classes included. */
  readonly differing: readonly string[];
  /** Sides that hold something else than when the conflict was parked. */
  readonly changed: readonly Side[];
}

/** The conflict whose row is looked for, and the columns that its images have. */
interface Sought {
  readonly table: Table;
  readonly both: BothTables;
  readonly known: readonly string[];
  readonly id: number;
}

/** @returns `null` where the row cannot be told from others: it has no key, or NULL in it */
export function readPresent(db: Database.Database, sought: Sought): PresentRows | null {
  const { known, id, both } = sought;
  const table: Shown = {
    ...sought.table,
    columns: sought.table.columns.filter(({ name }) => known.some((one) => isSameName(one, name))),
    both,
  };
  if (table.key.length === 0 || !hasKey(db, table, id)) return null;
  const rows = { a: presentRow(db, table, "a", id), b: presentRow(db, table, "b", id) };
  const changed = (["a", "b"] as const).filter((side) => hasChanged(db, table, side, id));
  return { ...rows, differing: differingColumns(db, table, id), changed };
}

/** Any image of the conflict: all of them have its key. */
function anyImage({ name }: Table): string {
  const kept = workTable("state", "kept", name);
  return `(SELECT * FROM ${kept} WHERE ${C.owner} = ? ORDER BY ${C.image} LIMIT 1)`;
}

function hasKey(db: Database.Database, table: Table, id: number): boolean {
  const [first] = table.key;
  const sql = `SELECT 1 FROM ${anyImage(table)} AS k WHERE ${qualified(first?.name ?? "", "k")} IS NOT NULL
    AND NOT (${table.key.map(({ name }) => `${qualified(name, "k")} IS NULL`).join(" OR ")})`;
  return db.prepare(sql).get(id) !== undefined;
}

/** A table, and where its rows are read on each side. */
interface Shown extends Table {
  readonly both: BothTables;
}

function sideOf({ both }: Shown, side: Side): string {
  return both[side].all;
}

function presentRow(db: Database.Database, table: Shown, side: Side, id: number): Row | null {
  const from = `FROM ${anyImage(table)} AS k CROSS JOIN ${sideOf(table, side)} AS x ON ${keyMatches(table, "x", "k")}`;
  for (const row of readRows(db, { columns: columnNames(table), alias: "x", from, values: [id] }))
    return row;
  return null;
}

function hasChanged(db: Database.Database, table: Shown, side: Side, id: number): boolean {
  const kept = workTable("state", "kept", table.name);
  const sql = `SELECT CASE WHEN ${isAbsent(table, "x")} OR ${isAbsent(table, "i")} THEN ${isAbsent(table, "x")} <> ${isAbsent(table, "i")}
      ELSE ${rowsDiffer(table, "x", "i")} END
    FROM ${anyImage(table)} AS k
    LEFT JOIN ${sideOf(table, side)} AS x ON ${keyMatches(table, "x", "k")}
    LEFT JOIN ${kept} AS i ON i.${C.owner} = k.${C.owner} AND i.${C.image} = '${side}'`;
  return db.prepare(sql).pluck().get(id) === 1;
}

function differingColumns(db: Database.Database, table: Shown, id: number): string[] {
  const flags = table.columns.map((column) =>
    valuesDiffer(column, qualified(column.name, "x"), qualified(column.name, "y")),
  );
  const sql = `SELECT ${flags.join(", ")} FROM ${anyImage(table)} AS k
    LEFT JOIN ${sideOf(table, "a")} AS x ON ${keyMatches(table, "x", "k")}
    LEFT JOIN ${sideOf(table, "b")} AS y ON ${keyMatches(table, "y", "k")}`;
  const found = db.prepare(sql).raw().get(id) as number[] | undefined;
  return columnNames(table).filter((_, index) => found?.[index] === 1);
}
