import type Database from "better-sqlite3";
import { quoteName } from "./identifier.ts";
import { CONTROL, columnDefinitions, keyDefinition } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Makes the empty plan of one table: changed keys with their planned values, and changed bag contents. */
export function createPlan(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  db.exec(`DROP TABLE IF EXISTS ${work.plan}; DROP TABLE IF EXISTS ${work.planBag}`);
  if (table.key.length > 0) db.exec(keyedPlan(shape));
  if (isBag(shape)) db.exec(bagPlan(shape));
}

/** Removes what `createPlan` made. */
export function dropPlan(db: Database.Database, shape: Shape): void {
  db.exec(`DROP TABLE IF EXISTS ${shape.work.plan}; DROP TABLE IF EXISTS ${shape.work.planBag}`);
}

/** The table has rows that are compared by content and count: all of them, or those with NULL in the key. */
export function isBag(shape: Shape): boolean {
  return shape.table.key.length === 0 || shape.table.nullableKey;
}

/** The table has rows that are told apart by a key. */
export function isKeyed(shape: Shape): boolean {
  return shape.table.key.length > 0;
}

function keyedPlan({ table, work }: Shape): string {
  const c = CONTROL;
  const key = table.keyIsRowid ? quoteName(table.key[0]?.name ?? "") : keyDefinition(table);
  return `CREATE TABLE ${work.plan} (${c.n} INTEGER PRIMARY KEY, ${columnDefinitions(table)},
    ${c.didA} TEXT, ${c.didB} TEXT, ${c.outcome} TEXT, ${c.gone} INTEGER DEFAULT 0,
    ${c.toA} INTEGER DEFAULT 0, ${c.toB} INTEGER DEFAULT 0, ${c.rowidA} INTEGER, ${c.rowidB} INTEGER,
    ${c.conflict} INTEGER, ${c.sources} TEXT, ${c.stale} TEXT, ${c.rekey} TEXT, ${c.root} TEXT, UNIQUE (${key}))`;
}

function bagPlan({ table, work }: Shape): string {
  const c = CONTROL;
  return `CREATE TABLE ${work.planBag} (${c.n} INTEGER PRIMARY KEY, ${columnDefinitions(table)},
    ${c.countBase} INTEGER, ${c.countA} INTEGER, ${c.countB} INTEGER, ${c.count} INTEGER,
    ${c.outcome} TEXT, ${c.toA} INTEGER, ${c.toB} INTEGER, ${c.rowidA} INTEGER, ${c.rowidB} INTEGER,
    ${c.conflict} INTEGER)`;
}

/** Some keyed row of the plan has one of these outcomes, given as an SQL list. */
export function hasOutcome(db: Database.Database, { work }: Shape, outcomes: string): boolean {
  const sql = `SELECT 1 FROM ${work.plan} WHERE ${CONTROL.outcome} IN (${outcomes}) LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** A plan of fewer rows is faster scanned than indexed. */
const MIN_INDEXED_ROWS = 200;

/**
 * Lets planned rows be found by other columns than the key. Without it, checking a constraint over them
 * would scan the plan for every row.
 */
export function indexPlan(db: Database.Database, shape: Shape, columns: readonly string[]): void {
  const { table, work } = shape;
  const [kind, plan] = isKeyed(shape) ? ["plan", work.plan] : ["plan-bag", work.planBag];
  const rows = db.prepare(`SELECT count(*) FROM ${plan}`).pluck().get() as number;
  if (rows < MIN_INDEXED_ROWS) return;
  const [schema, name] = [plan.slice(0, plan.indexOf(".")), plan.slice(plan.indexOf(".") + 1)];
  const index = quoteName(`${kind}-by:${table.name}:${columns.join(",")}`);
  const list = columns.map((column) => quoteName(column)).join(", ");
  db.exec(`CREATE INDEX IF NOT EXISTS ${schema}.${index} ON ${name} (${list})`);
}

/** The same for a bag's contents: a few columns are enough to tell most of them apart. */
export function indexContents(db: Database.Database, { table, work }: Shape): void {
  const rows = db.prepare(`SELECT count(*) FROM ${work.planBag}`).pluck().get() as number;
  if (rows < MIN_INDEXED_ROWS) return;
  const at = work.planBag.indexOf(".");
  const list = table.columns.slice(0, 4).map(({ name }) => `${quoteName(name)} COLLATE BINARY`);
  db.exec(`CREATE INDEX IF NOT EXISTS ${work.planBag.slice(0, at)}.${quoteName(`plan-bag-content:${table.name}`)}
    ON ${work.planBag.slice(at + 1)} (${list.join(", ")})`);
}
