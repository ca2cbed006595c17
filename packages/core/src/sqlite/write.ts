import type Database from "better-sqlite3";
import { columnList, keyList, keyMatches, qualified, rowsDiffer } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import type { Table } from "./schema/types.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** The steps in which rows of a table come to a side, once all that goes is taken away. */
export type WriteStep = "update" | "replace" | "insert";

/** In the order in which they are taken. */
export const WRITE_STEPS: readonly WriteStep[] = ["update", "replace", "insert"];

/** `OR ABORT` overrides the table's own ON CONFLICT clauses, which would act without a word (SQLITE_NOTES 16). */
function orAbort(table: Table): string {
  return table.conflictClause ? "OR ABORT " : "";
}

/**
 * The statement of a step: writes every planned row of one table to one side. With `one`, only the row
 * of the plan whose number is bound. Values come from the plan, never from the other side.
 *
 * @returns `null` where there is nothing to do: a table of nothing but its key has no updates
 */
export function writeStatement(
  shape: Shape,
  side: SideNames,
  step: WriteStep,
  one = false,
): string | null {
  const row = one ? ` AND p.${C.n} = ?` : "";
  switch (step) {
    case "update":
      return updateStatement(shape, side, row);
    case "replace":
      return replaceStatement(shape, side, row);
    case "insert":
      return insertStatement(shape, side, row);
  }
}

/** Deletes what is gone, and what comes back with other unique values. */
export function deleteStatement({ table, work, ...names }: Shape, side: SideNames): string {
  return deleteByKey(table, names[side.side], work.plan, `p.${side.to} IN (3, 4)`);
}

/** Deletes the rows of `target` whose keys stand in `plan` under a condition on `p`; driven by the plan. */
function deleteByKey(table: Table, target: string, plan: string, condition: string): string {
  const address = table.keyIsRowid ? table.key[0]?.name : table.rowidName;
  if (address !== null && address !== undefined) {
    const rowid = quoteName(address);
    return `DELETE FROM ${target} WHERE ${rowid} IN (
      SELECT x.${rowid} FROM ${plan} AS p CROSS JOIN ${target} AS x ON ${keyMatches(table, "x", "p")} WHERE ${condition})`;
  }
  // A row value takes its collation from the left side. One that is written keeps the index from being
  // used, so it is written only where the column's own is another.
  const key = table.key
    .map(({ name, collation }) => {
      const column = table.columns.find((one) => one.name === name);
      const isOwn = column?.collation.toUpperCase() === collation.toUpperCase();
      return isOwn ? quoteName(name) : `${quoteName(name)} COLLATE ${quoteName(collation)}`;
    })
    .join(", ");
  return `DELETE FROM ${target} WHERE (${key}) IN (SELECT ${keyList(table, "p")} FROM ${plan} AS p WHERE ${condition})`;
}

function updateStatement(
  { table, work, ...names }: Shape,
  side: SideNames,
  row: string,
): string | null {
  const values = table.columns
    .filter(({ name }) => !table.keyIsRowid || name !== table.key[0]?.name)
    .map(({ name }) => `${quoteName(name)} = ${qualified(name, "p")}`);
  if (values.length === 0) return null;
  return `UPDATE ${orAbort(table)}${names[side.side]} AS x SET ${values.join(", ")}
    FROM ${work.plan} AS p WHERE p.${side.to} = 2${row} AND ${keyMatches(table, "x", "p")}`;
}

/** Rows deleted for the sake of their unique values come back under their own rowid. */
function replaceStatement({ table, work, ...names }: Shape, side: SideNames, row: string): string {
  const rowid = table.rowidName === null ? [] : [[quoteName(table.rowidName), `p.${side.rowid}`]];
  const [columns, values] = [
    [...rowid.map(([name]) => name), columnList(table)],
    [...rowid.map(([, value]) => value), columnList(table, "p")],
  ];
  return `INSERT ${orAbort(table)}INTO ${names[side.side]} (${columns.join(", ")})
    SELECT ${values.join(", ")} FROM ${work.plan} AS p WHERE p.${side.to} = 4${row}`;
}

/** A new row takes the rowid it has on the other side where that is free. */
function insertStatement({ table, work, ...names }: Shape, side: SideNames, row: string): string {
  const into = `INSERT ${orAbort(table)}INTO ${names[side.side]}`;
  const planned = `p.${side.to} = 1${row}`;
  const values = columnList(table, "p");
  if (table.rowidName === null) {
    return `${into} (${columnList(table)}) SELECT ${values} FROM ${work.plan} AS p WHERE ${planned}`;
  }
  const rowid = quoteName(table.rowidName);
  // Placed rows first: a rowid that SQLite chooses must not be one that another row of the plan wants.
  return `${into} (${rowid}, ${columnList(table)})
    SELECT f.free, ${values} FROM (
      SELECT p.${C.n} AS n, CASE WHEN NOT EXISTS (SELECT 1 FROM ${names[side.side]} AS x WHERE x.${rowid} = p.${side.rowid})
        THEN p.${side.rowid} END AS free
      FROM ${work.plan} AS p WHERE ${planned}) AS f
    CROSS JOIN ${work.plan} AS p ON p.${C.n} = f.n ORDER BY f.free IS NULL, f.free`;
}

/** Numbers of planned rows for which a side does not hold what the plan says: the read-back before commit. */
export function findUnwritten(
  db: Database.Database,
  { table, work, ...names }: Shape,
  side: SideNames,
): number[] {
  return db
    .prepare(
      `SELECT p.${C.n} FROM ${work.plan} AS p LEFT JOIN ${names[side.side]} AS x ON ${keyMatches(table, "x", "p")}
     WHERE p.${side.to} <> 0 AND CASE WHEN p.${side.to} = 3 THEN ${present(table, "x")}
       ELSE NOT ${present(table, "x")} OR ${rowsDiffer(table, "x", "p")} END`,
    )
    .pluck()
    .all() as number[];
}

/**
 * Numbers of planned rows whose target is no longer what was read: compare-and-set. A side that had
 * not touched the row must still hold the base's; one that had, the image that was kept of it.
 */
export function findMovedRows(db: Database.Database, shape: Shape, side: SideNames): number[] {
  const { table, work } = shape;
  const target = shape[side.side];
  const moved = (did: string, source: string, on: string): number[] =>
    db
      .prepare(
        `SELECT p.${C.n} FROM ${work.plan} AS p
     LEFT JOIN ${target} AS x ON ${keyMatches(table, "x", "p")}
     LEFT JOIN ${source} AS o ON ${on}
     WHERE p.${side.to} <> 0 AND p.${side.did} IN ${did}
       AND (${present(table, "x")} <> ${present(table, "o")} OR (${present(table, "x")} AND ${rowsDiffer(table, "x", "o")}))`,
      )
      .pluck()
      .all() as number[];
  const untouched =
    work.base === null ? [] : moved("('=')", work.base, keyMatches(table, "o", "p"));
  const image = `o.${C.owner} = p.${C.conflict} AND o.${C.image} = '${side.side}'`;
  const absent = db
    .prepare(
      `SELECT p.${C.n} FROM ${work.plan} AS p CROSS JOIN ${target} AS x ON ${keyMatches(table, "x", "p")}
     WHERE p.${side.to} <> 0 AND p.${side.did} = '0'`,
    )
    .pluck()
    .all() as number[];
  return [...untouched, ...absent, ...moved("('~', '-', '+')", work.kept, image)];
}

/** Brings the base to what the plan says for the rows that fulfil a condition on plan `p`. */
export function rememberRows(
  db: Database.Database,
  { table, work }: Shape,
  base: string,
  condition: string,
): void {
  const columns = columnList(table);
  db.exec(deleteByKey(table, base, work.plan, `${condition} AND p.${C.gone} = 1`));
  db.exec(`INSERT OR REPLACE INTO ${base} (${columns}) SELECT ${columns} FROM ${work.plan} AS p
    WHERE ${condition} AND p.${C.gone} = 0`);
}

function present(table: Table, alias: string): string {
  return `(${qualified(table.key[0]?.name ?? "", alias)} IS NOT NULL)`;
}
