import type Database from "better-sqlite3";
import { columnList, keyMatches, rowsDiffer } from "../sqlite/expressions.ts";
import { CONTROL as C, columnDefinitions, keyDefinition } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { compareImages } from "./compare-images.ts";
import { keepImages } from "./images.ts";
import type { RunRecord } from "./runs.ts";

/**
 * Gives every open row of the plan an entry in `sync_conflict` and keeps the images of base, a and b.
 * From here on nothing is read from the sides: what is decided is decided about these images.
 *
 * A row whose conflict was parked by an earlier run keeps that entry. If neither its images nor the
 * policy changed since, it stays parked and is not put to the policy again.
 */
export function keepConflicts(db: Database.Database, shape: Shape, run: RunRecord): void {
  numberConflicts(db, shape, run, `p.${C.outcome} = 'open'`);
  keepStillParked(db, shape, run);
  recordConflicts(db, shape, run);
  keepImages(db, shape, `p.${C.outcome} = 'open'`);
  compareImages(db, shape);
}

/** `temp."sync:inbox"`: keys and ids of the table's conflicts that are parked, or were held by a direction. */
function findParked(db: Database.Database, { table, work }: Shape): void {
  db.exec(`DROP TABLE IF EXISTS temp."sync:inbox";
    CREATE TEMP TABLE "sync:inbox" (${C.conflict} INTEGER, ${columnDefinitions(table)}, UNIQUE (${keyDefinition(table)}))`);
  if (work.parkedKept === null) return;
  db.prepare(
    `INSERT OR IGNORE INTO temp."sync:inbox" SELECT c.id, ${columnList(table, "k")}
     FROM state.sync_conflict AS c CROSS JOIN ${work.parkedKept} AS k ON k.${C.owner} = c.id
     WHERE c.status IN ('parked', 'held') AND c.tbl = ? ORDER BY c.status = 'held'`,
  ).run(table.name);
}

/** Gives planned rows a conflict id: the one under which they are parked already, else a new one. */
export function numberConflicts(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
  condition: string,
): void {
  const { table, work } = shape;
  findParked(db, shape);
  const last = db
    .prepare(
      // Never an id that was used before: a ledger entry may still point at it.
      `SELECT ifnull(max(seq), 0) FROM ${run.schema}.sqlite_sequence WHERE name = 'sync_conflict'`,
    )
    .pluck()
    .get() as number;
  db.prepare(
    `UPDATE ${work.plan} AS p SET ${C.conflict} =
       ifnull((SELECT i.${C.conflict} FROM temp."sync:inbox" AS i WHERE ${keyMatches(table, "i", "p")}), ? + p.${C.n})
     WHERE ${condition} AND p.${C.conflict} IS NULL`,
  ).run(last);
}

/** Parks again what is exactly as it was when this policy left it. */
function keepStillParked(db: Database.Database, shape: Shape, run: RunRecord): void {
  const { work } = shape;
  if (work.parkedKept === null) return;
  db.prepare(
    // A row that was in the way of a constraint is decided about anew: what it met may be gone.
    `UPDATE ${work.plan} AS p SET ${C.outcome} = 'park' WHERE ${C.outcome} = 'open'
       AND EXISTS (SELECT 1 FROM state.sync_conflict AS c WHERE c.id = p.${C.conflict} AND c.status = 'parked'
         AND c.settled = 1 AND c.policy IS ? AND c.policy_version IS ?
         AND c.kind IN ('update/update', 'insert/insert', 'update/delete'))
       AND ${isAsKept(shape)}`,
  ).run(run.policy, run.policyVersion);
}

/** A condition on plan `p`: base, a and b hold what was kept of them when the row was parked. */
export function isAsKept(shape: Shape): string {
  const { table, work } = shape;
  const sources = [
    ["a", shape.a],
    ["b", shape.b],
    ["0", work.base],
  ] as const;
  const unchanged = sources.map(([image, source]) => {
    const old = `SELECT 1 FROM ${work.parkedKept ?? ""} AS k WHERE k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${image}'`;
    if (source === null) return `NOT EXISTS (${old})`;
    const now = `SELECT 1 FROM ${source} AS x WHERE ${keyMatches(table, "x", "p")}`;
    const same = `SELECT 1 FROM ${work.parkedKept ?? ""} AS k CROSS JOIN ${source} AS x
      ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${image}' AND ${keyMatches(table, "x", "p")}
      WHERE NOT ${rowsDiffer(table, "x", "k")}`;
    return `(EXISTS (${same}) OR NOT (EXISTS (${old}) OR EXISTS (${now})))`;
  });
  return unchanged.join(" AND ");
}

/** New entries are drafts until the run is done. Parked ones are unsettled: their policy is asked anew. */
function recordConflicts(db: Database.Database, { table, work }: Shape, run: RunRecord): void {
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, changed_ms)
     SELECT p.${C.conflict}, ?, ?, p.${C.n}, ${conflictKind("p")}, 'draft', ? FROM ${work.plan} AS p WHERE p.${C.outcome} = 'open'
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, policy = NULL,
       settled = 0, changed_ms = excluded.changed_ms`,
  ).run(run.id, table.name, run.startedMs);
}

/** The kind of conflict of a planned row that both sides changed; SQL. */
export function conflictKind(alias: string): string {
  const [a, b] = [`${alias}.${C.didA}`, `${alias}.${C.didB}`];
  return `CASE WHEN ${a} = '+' AND ${b} = '+' THEN 'insert/insert'
    WHEN ${a} = '~' AND ${b} = '~' THEN 'update/update' ELSE 'update/delete' END`;
}

/** A planned row that would break a constraint, and what is in its way. */
export interface BrokenRecord {
  readonly n: number;
  readonly kind: string;
  readonly obstacle: string;
}

/** Notes a broken constraint as the conflict of a planned row that has a number already. */
export function recordBroken(
  db: Database.Database,
  { table, work }: Shape,
  run: RunRecord,
  { n, kind, obstacle }: BrokenRecord,
): void {
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, obstacle, changed_ms)
     SELECT p.${C.conflict}, ?, ?, p.${C.n}, ?, 'draft', ?, ? FROM ${work.plan} AS p WHERE p.${C.n} = ?
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, obstacle = excluded.obstacle,
       policy = NULL, settled = 0, changed_ms = excluded.changed_ms`,
  ).run(run.id, table.name, kind, obstacle, run.startedMs, n);
}
