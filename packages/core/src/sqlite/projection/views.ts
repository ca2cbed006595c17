import type Database from "better-sqlite3";
import { qualified } from "../expressions.ts";
import { foldName, quoteName } from "../identifier.ts";
import type { PlannedSide, Shape, SideTable } from "../shape.ts";
import { CONTROL, columnDefinitions, workTable } from "../shape.ts";
import { freshRow, usesOwnColumns } from "./outside.ts";
import { hasOwnNames, hasPlainColumns, ownTable } from "./projection.ts";
import type { ProjectedColumn, Projection, SeenPair, SeenSide } from "./projection.ts";

const SIDES = ["a", "b"] as const;

/** Where the two sides of one table of the pair are read and written. */
export type BothTables = Readonly<Record<"a" | "b", SideTable>>;

/**
 * The sides of a table that both have, by its common name. Only what is renamed, left out or filtered is
 * read through a view, which SQLite flattens into the statement: keys are searched as in the table itself.
 */
export function bothTables(seen: SeenPair, name: string): BothTables | null {
  const found = { a: projectionOf(seen, "a", name), b: projectionOf(seen, "b", name) };
  if (found.a === null || found.b === null) return null;
  const mapped = !hasPlainColumns(found.a) || !hasPlainColumns(found.b);
  return { a: sideTable("a", found.a, mapped), b: sideTable("b", found.b, mapped) };
}

function projectionOf(seen: SeenPair, side: "a" | "b", name: string): Projection | null {
  return seen[side].projections.get(foldName(name)) ?? null;
}

/** All rows of a table that one side has, under the pair's names. */
export function allRows(seen: SeenSide, side: "a" | "b", name: string): string {
  const projection = seen.projections.get(foldName(name));
  if (projection === undefined) return `${side}.${quoteName(name)}`;
  return sideTable(side, projection, !hasPlainColumns(projection)).all;
}

/** Its columns, or those of the other side's table, are not as they are stored. */
export function isMapped({ a, b }: BothTables): boolean {
  return !hasPlainColumns(a) || !hasPlainColumns(b);
}

function sideTable(side: "a" | "b", projection: Projection, mapped: boolean): SideTable {
  const { seen, stored, where } = projection;
  const target = `${side}.${quoteName(stored.name)}`;
  const all = mapped ? workTable("temp", `${side} all`, seen.name) : target;
  const rows = where === null ? all : workTable("temp", side, seen.name);
  const own = hasPlainColumns(projection) ? stored : ownTable(projection);
  return { ...projection, rows, all, target, own };
}

/** Makes the views of all tables that both sides have. */
export function createAllViews(db: Database.Database, seen: SeenPair): void {
  for (const side of SIDES) {
    for (const { seen: table } of seen[side].projections.values()) {
      const both = bothTables(seen, table.name);
      if (both === null) {
        const alone = seen[side].projections.get(foldName(table.name));
        if (alone !== undefined) createViews(db, [sideTable(side, alone, !hasPlainColumns(alone))]);
      } else if (side === "a") createViews(db, [both.a, both.b]);
    }
  }
}

/** Temporary, so that no file is written. */
function createViews(db: Database.Database, tables: readonly SideTable[]): void {
  for (const table of tables) {
    const { all, rows, target, where } = table;
    if (all !== target) createView(db, all, seenRows(table));
    if (rows !== all) createView(db, rows, `${seenRows(table)} WHERE (${where ?? "TRUE"})`);
    if (usesOwnColumns(table)) createFreshRow(db, table);
  }
}

/** What a new row gets by DEFAULT, with the affinity of its columns: a filter may ask for it. */
function createFreshRow(db: Database.Database, table: SideTable): void {
  const { own, leftOut, target, stored } = table;
  const fresh = freshRow(table);
  const defaults = new Map(
    db
      .prepare("SELECT name, dflt_value FROM pragma_table_xinfo(?, ?)")
      .raw()
      .all(stored.name, target.slice(0, 1)) as [string, string | null][],
  );
  const columns = leftOut.map((column) => {
    const definition = columnDefinitions({ ...own, columns: [column], keyIsRowid: false });
    return `${definition} DEFAULT (${defaults.get(column.name) ?? "NULL"})`;
  });
  db.exec(`DROP TABLE IF EXISTS ${fresh}; CREATE TABLE ${fresh} (${columns.join(", ")});
    INSERT INTO ${fresh} DEFAULT VALUES`);
}

/** The stored rows under common names, with the rowid under the name by which the pair reaches it. */
function seenRows({ stored, seen, columns, target }: SideTable): string {
  const alias = quoteName(stored.name);
  const list = columns.map(
    (column) => `${storedValue(column, alias)} AS ${quoteName(column.name)}`,
  );
  const rowid =
    stored.rowidName === null || seen.rowidName === null
      ? []
      : [`${qualified(stored.rowidName, alias)} AS ${quoteName(seen.rowidName)}`];
  return `SELECT ${[...list, ...rowid].join(", ")} FROM ${target} AS ${alias}`;
}

function storedValue(column: ProjectedColumn, alias: string): string {
  return column.type === "constant" ? column.literal : qualified(column.stored, alias);
}

/** A side with the plan in its own terms: the plan itself, where its columns are called alike. */
export function plannedSide(side: "a" | "b", table: SideTable, work: Shape["work"]): PlannedSide {
  if (!hasOwnNames(table)) return { ...table, plan: work.plan, planBag: work.planBag };
  const { name } = table.seen;
  return {
    ...table,
    plan: workTable("temp", `${side} plan`, name),
    planBag: workTable("temp", `${side} plan-bag`, name),
  };
}

/** Lets a plan be read under the names that its columns have on a side. */
export function createPlanViews(db: Database.Database, { sides, work }: Shape): void {
  for (const side of SIDES) {
    const table = sides[side];
    if (table.plan !== work.plan)
      createView(db, table.plan, ownPlan(table, work.plan, KEYED_CONTROL));
    if (table.planBag !== work.planBag)
      createView(db, table.planBag, ownPlan(table, work.planBag, BAG_CONTROL));
  }
}

const C = CONTROL;
const BOTH_CONTROL = [C.n, C.outcome, C.toA, C.toB, C.rowidA, C.rowidB, C.conflict];
const KEYED_CONTROL = [
  ...BOTH_CONTROL,
  C.didA,
  C.didB,
  C.gone,
  C.sources,
  C.stale,
  C.rekey,
  C.root,
];
const BAG_CONTROL = [...BOTH_CONTROL, C.count, C.countA, C.countB, C.countBase];

function ownPlan({ columns }: SideTable, plan: string, control: readonly string[]): string {
  const list = columns.flatMap((column) =>
    column.type === "stored" ? [`p.${quoteName(column.name)} AS ${quoteName(column.stored)}`] : [],
  );
  return `SELECT ${[...list, ...control.map((name) => `p.${name} AS ${name}`)].join(", ")} FROM ${plan} AS p`;
}

function createView(db: Database.Database, name: string, sql: string): void {
  db.exec(`DROP VIEW IF EXISTS ${name}; CREATE TEMP VIEW ${name.slice("temp.".length)} AS ${sql}`);
}
