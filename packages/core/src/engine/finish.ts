import { rememberBag } from "../sqlite/bag.ts";
import { dropPlan, isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { forgetRows, rememberRows } from "../sqlite/write.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { pruneLedger } from "../state/retention.ts";
import { closeDecided, keepResults, noteLostDeletions } from "../state/results.ts";
import { noteWritten } from "../state/lineage.ts";
import { forgetPages, noteUnsettled } from "../state/signatures.ts";
import { recordDone } from "../state/runs.ts";
import { markBase } from "../state/store.ts";
import { rememberLoad } from "./load.ts";
import type { Load } from "./load.ts";
import type { TableToRemember } from "./remember-pages.ts";
import type { Workspace } from "./workspace.ts";

/** Rows of the plan `p` that took effect. */
const SETTLED = `p.${C.outcome} IN ('copy', 'agree', 'merge', 'resolve', 'rekey')`;

/**
 * The last step, in one transaction of the state: the base takes the plan's values, inbox and ledger
 * become final. Everything comes from the plan; no side is read again (DESIGN §7).
 *
 * @param tables - those whose pages will be remembered
 * @param idle - names of tables to which nothing happened
 * @param load - tables whose base is filled already
 */
export function remember(
  space: Workspace,
  tables: readonly TableToRemember[],
  idle: ReadonlySet<string>,
  load: Load | null = null,
): void {
  const { db, shapes, run, settings } = space;
  settings.onStep("remembering");
  // Not IMMEDIATE: that would take the write locks of both sides, too (SQLITE_NOTES 4).
  db.exec("BEGIN");
  try {
    const busy = shapes.filter(({ table }) => !idle.has(table.name));
    for (const shape of busy) rememberTable(space, shape, SETTLED);
    if (load !== null) rememberLoad(space, load);
    for (const table of tables) {
      if (busy.includes(table.shape)) noteUnsettled(db, table.shape, table);
    }
    if (run.limited) leaveParked(space);
    for (const shape of busy.filter(isKeyed)) forgetReleased(db, shape);
    settleConflicts(space);
    markBase(
      db,
      shapes.map(({ table }) => table),
    );
    recordDone(db, run.id);
    for (const shape of shapes) dropPlan(db, shape);
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
  pruneLedger(db, settings.ledger, run.startedMs);
  settings.onStep("remembered");
}

/** Carries planned rows of one table that fulfil a condition on `p` into the base. */
export function rememberTable({ db, run }: Workspace, shape: Shape, condition: string): void {
  const { name } = shape.table;
  forgetPages(db, name);
  if (isKeyed(shape)) {
    noteWritten(db, shape, condition);
    rememberRows(db, shape, workTable("state", "base", name), condition);
    noteLostDeletions(db, shape, run, condition);
    keepResults(db, shape, run, condition);
  }
  if (isBag(shape)) rememberBag(db, shape, workTable("state", "bag", name));
}

/** What left a filter was never deleted: should it come back, both sides come together. */
function forgetReleased(db: Workspace["db"], shape: Shape): void {
  const { name } = shape.table;
  const released = `p.${C.outcome} = 'filtered' AND p.${C.didA} IN ('=', '~', '-')`;
  const sql = `SELECT 1 FROM ${shape.work.plan} AS p WHERE ${released} LIMIT 1`;
  if (db.prepare(sql).get() === undefined) return;
  for (const kind of ["base", "written"])
    forgetRows(db, shape, workTable("state", kind, name), released);
}

/** A limited run leaves what it could not do as it was: neither in the inbox nor out of it. */
function leaveParked({ db, shapes }: Workspace): void {
  for (const plan of shapes.flatMap(plansOf)) {
    db.exec(`DELETE FROM ${plan} WHERE ${C.outcome} IN ('park', 'filtered')`);
  }
}

/** The same where nothing at all was done: what was kept for the run goes. */
export function dropRefused({ db, shapes, run }: Workspace): void {
  if (!run.limited) return;
  for (const { table } of shapes) {
    db.prepare("DELETE FROM state.sync_ledger WHERE run = ? AND status = 'pending'").run(run.id);
    settleImages(db, run.id, table.name);
  }
}

function plansOf(shape: Shape): string[] {
  return [
    ...(isKeyed(shape) ? [shape.work.plan] : []),
    ...(isBag(shape) ? [shape.work.planBag] : []),
  ];
}

/**
 * Drafts become parked or resolved; conflicts parked earlier that were not found again are closed:
 * the sides came to agree, or one of them gave way. Only of the tables at hand.
 */
export function settleConflicts({ db, shapes, run }: Workspace): void {
  for (const shape of shapes) {
    const { name } = shape.table;
    const plans = plansOf(shape);
    for (const plan of plans) {
      db.exec(`UPDATE state.sync_conflict SET status = found.status, settled = 1 FROM (
          SELECT p.${C.conflict} AS id, CASE p.${C.outcome} WHEN 'park' THEN 'parked' WHEN 'held' THEN 'held' ELSE 'resolved' END AS status
          FROM ${plan} AS p WHERE p.${C.conflict} IS NOT NULL AND p.${C.outcome} IN ('park', 'held', 'resolve')) AS found
        WHERE sync_conflict.id = found.id AND NOT (found.status = 'held' AND sync_conflict.status = 'parked')`);
    }
    db.prepare(
      "UPDATE state.sync_conflict SET since_ms = changed_ms WHERE status = 'parked' AND tbl = ? AND since_ms IS NULL",
    ).run(name);
    if (run.limited) closeDecided(db, shape);
    else {
      db.prepare(`UPDATE state.sync_conflict SET status = 'closed' WHERE status IN ('parked', 'held') AND tbl = ?
        AND id NOT IN (${openNow(plans)})`).run(name);
    }
    settleImages(db, run.id, name);
  }
}

/** Merges, and rounds that were given up, leave images that belong to nothing any more. */
function settleImages(db: Workspace["db"], runId: string, table: string): void {
  if (settleLedger(db, runId, table) === 0) return;
  db.exec(
    `DELETE FROM ${workTable("state", "kept", table)} WHERE ${C.owner} NOT IN (SELECT id FROM state.sync_conflict)`,
  );
}

/**
 * What is noted as lost by now is final, and keeps its conflict's images; other drafts go.
 *
 * @returns how many drafts went
 */
export function settleLedger(db: Workspace["db"], runId: string, table: string): number {
  db.prepare(
    "UPDATE state.sync_ledger SET status = 'final' WHERE run = ? AND tbl = ? AND status = 'pending'",
  ).run(runId, table);
  db.prepare(
    `UPDATE state.sync_conflict SET status = 'resolved' WHERE tbl = ? AND status IN ('draft', 'closed')
       AND id IN (SELECT conflict FROM state.sync_ledger WHERE run = ?)`,
  ).run(table, runId);
  return db
    .prepare("DELETE FROM state.sync_conflict WHERE status = 'draft' AND run = ? AND tbl = ?")
    .run(runId, table).changes;
}

/** What waits, and what a direction holds: none of it is settled. */
function openNow(plans: readonly string[]): string {
  return plans
    .map(
      (plan) =>
        `SELECT ${C.conflict} FROM ${plan} WHERE ${C.outcome} IN ('park', 'held') AND ${C.conflict} IS NOT NULL`,
    )
    .join(" UNION ALL ");
}

/** Some conflict that was parked or held was not found again, so that it has to be closed. */
export function hasClosedConflicts({ db, shapes }: Workspace): boolean {
  return shapes.some((shape) => {
    const { table } = shape;
    const current = openNow(plansOf(shape));
    return (
      db
        .prepare(
          `SELECT 1 FROM state.sync_conflict WHERE status IN ('parked', 'held') AND tbl = ? AND id NOT IN (${current}) LIMIT 1`,
        )
        .get(table.name) !== undefined
    );
  });
}
