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
    ${c.conflict} INTEGER, ${c.sources} TEXT, ${c.stale} TEXT, UNIQUE (${key}))`;
}

function bagPlan({ table, work }: Shape): string {
  const c = CONTROL;
  return `CREATE TABLE ${work.planBag} (${c.n} INTEGER PRIMARY KEY, ${columnDefinitions(table)},
    ${c.countBase} INTEGER, ${c.countA} INTEGER, ${c.countB} INTEGER, ${c.count} INTEGER,
    ${c.outcome} TEXT, ${c.toA} INTEGER, ${c.toB} INTEGER, ${c.rowidA} INTEGER, ${c.rowidB} INTEGER,
    ${c.conflict} INTEGER)`;
}
