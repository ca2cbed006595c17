import type Database from "better-sqlite3";
import { columnList, keyList, keyMatches, qualified, rowsDiffer } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import type { Table } from "./schema/types.ts";
import { CONTROL as C, columnDefinitions, workTable } from "./shape.ts";
import type { PlannedSide, Shape, SideNames } from "./shape.ts";

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
export function deleteStatement({ sides }: Shape, side: SideNames): string {
  const { own, target, plan } = sides[side.side];
  return deleteByKey(own, target, plan, `p.${side.to} IN (3, 4)`);
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

function updateStatement({ sides }: Shape, side: SideNames, row: string): string | null {
  const { own, target, plan } = sides[side.side];
  const values = own.columns
    .filter(({ name }) => !own.keyIsRowid || name !== own.key[0]?.name)
    .map(({ name }) => `${quoteName(name)} = ${qualified(name, "p")}`);
  if (values.length === 0) return null;
  return `UPDATE ${orAbort(own)}${target} AS x SET ${values.join(", ")}
    FROM ${plan} AS p WHERE p.${side.to} = 2${row} AND ${keyMatches(own, "x", "p")}`;
}

/** Rows deleted for the sake of their unique values come back under their own rowid, with what only their side has. */
function replaceStatement({ sides }: Shape, side: SideNames, row: string): string {
  const { own, target, plan, leftOut } = sides[side.side];
  const rowid = own.rowidName === null ? [] : [[quoteName(own.rowidName), `p.${side.rowid}`]];
  const rest = leftOut.map(({ name }) => [quoteName(name), qualified(name, "l")]);
  const columns = [...rowid.map(([name]) => name), columnList(own), ...rest.map(([name]) => name)];
  const values = [
    ...rowid.map(([, value]) => value),
    columnList(own, "p"),
    ...rest.map(([, value]) => value),
  ];
  const aside =
    rest.length === 0
      ? ""
      : ` CROSS JOIN ${asideTable(sides[side.side])} AS l ON l.${C.n} = p.${C.n}`;
  return `INSERT ${orAbort(own)}INTO ${target} (${columns.join(", ")})
    SELECT ${values.join(", ")} FROM ${plan} AS p${aside} WHERE p.${side.to} = 4${row}`;
}

/** `temp."aside:orders"`: by planned row, what a side's columns hold that the pair does not see. */
function asideTable({ seen }: PlannedSide): string {
  return workTable("temp", "aside", seen.name);
}

/** Puts aside what only the side has of rows that are going to be deleted and inserted again; before they are. */
export function putAside(db: Database.Database, { sides }: Shape, side: SideNames): void {
  const { own, target, plan, leftOut } = sides[side.side];
  if (leftOut.length === 0) return;
  const aside = asideTable(sides[side.side]);
  db.exec(`DROP TABLE IF EXISTS ${aside};
    CREATE TABLE ${aside} (${C.n} INTEGER PRIMARY KEY, ${columnDefinitions({ ...own, columns: leftOut, keyIsRowid: false })});
    INSERT INTO ${aside} SELECT p.${C.n}, ${columnList({ ...own, columns: leftOut }, "x")}
      FROM ${plan} AS p CROSS JOIN ${target} AS x ON ${keyMatches(own, "x", "p")} WHERE p.${side.to} = 4`);
}

/** A new row takes the rowid it has on the other side where that is free. */
function insertStatement({ sides }: Shape, side: SideNames, row: string): string {
  const { own, target, plan } = sides[side.side];
  const into = `INSERT ${orAbort(own)}INTO ${target}`;
  const planned = `p.${side.to} = 1${row}`;
  const values = columnList(own, "p");
  if (own.rowidName === null) {
    return `${into} (${columnList(own)}) SELECT ${values} FROM ${plan} AS p WHERE ${planned}`;
  }
  const rowid = quoteName(own.rowidName);
  // Placed rows first: a rowid that SQLite chooses must not be one that another row of the plan wants.
  return `${into} (${rowid}, ${columnList(own)})
    SELECT f.free, ${values} FROM (
      SELECT p.${C.n} AS n, CASE WHEN NOT EXISTS (SELECT 1 FROM ${target} AS x WHERE x.${rowid} = p.${side.rowid})
        THEN p.${side.rowid} END AS free
      FROM ${plan} AS p WHERE ${planned}) AS f
    CROSS JOIN ${plan} AS p ON p.${C.n} = f.n ORDER BY f.free IS NULL, f.free`;
}

/** Numbers of planned rows for which a side does not hold what the plan says: the read-back before commit. */
export function findUnwritten(
  db: Database.Database,
  { table, work, sides }: Shape,
  side: SideNames,
): number[] {
  return db
    .prepare(
      `SELECT p.${C.n} FROM ${work.plan} AS p LEFT JOIN ${sides[side.side].all} AS x ON ${keyMatches(table, "x", "p")}
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
  // A row outside the filter stands in the way of one that is to be written.
  const { all } = shape.sides[side.side];
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
      `SELECT p.${C.n} FROM ${work.plan} AS p CROSS JOIN ${all} AS x ON ${keyMatches(table, "x", "p")}
     WHERE p.${side.to} <> 0 AND p.${side.did} ${all === target ? "= '0'" : "IN ('0', '-')"}`,
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

/** Takes the rows of a working table out whose keys stand in the plan under a condition on `p`. */
export function forgetRows(
  db: Database.Database,
  { table, work }: Shape,
  from: string,
  condition: string,
): void {
  db.exec(deleteByKey(table, from, work.plan, condition));
}

function present(table: Table, alias: string): string {
  return `(${qualified(table.key[0]?.name ?? "", alias)} IS NOT NULL)`;
}
