import { unexpectedCounts } from "../sqlite/bag.ts";
import { keyMatches, rowsDiffer } from "../sqlite/expressions.ts";
import { isBag, isKeyed, dropPlan } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import { findKeyReferences } from "../sqlite/rekey/key-references.ts";
import { hasNewFollower } from "../sqlite/rekey/followers.ts";
import { findMovedRows, findUnwritten } from "../sqlite/write.ts";
import { parkRows } from "../state/park.ts";
import { recordAbandoned } from "../state/runs.ts";
import type { UnfinishedRun } from "../state/runs.ts";
import { applyPlan } from "./apply.ts";
import { IS_UNREPEATABLE, park } from "./check.ts";
import { schemaCookie } from "./facilities.ts";
import { rememberTable, settleConflicts } from "./finish.ts";
import { committedTo } from "../sqlite/commit-mark.ts";
import type { Marks } from "../sqlite/commit-mark.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Brings an interrupted run to its end from its plan, before anything else is done. What the written
 * side shows decides, row by row: the planned value is remembered, any other is simply a change again
 * (DESIGN §7). Rows whose decision cannot be repeated follow the mark in the schema cookie instead; where
 * that is no evidence either, they park.
 *
 * @param space - with the run to recover as its run, and the plan's tables still there
 */
export async function recover(space: Workspace, unfinished: UnfinishedRun): Promise<void> {
  const { db, shapes } = space;
  if (unfinished.marks !== null) await settleUnrepeatable(space, unfinished.marks);
  db.exec("BEGIN");
  try {
    dropBagLossesOfUntouched(space);
    for (const shape of shapes) {
      if (shape.work.base === null && shape.work.baseBag === null) continue;
      rememberTable(space, shape, arrived(space, shape));
    }
    dropLedgerOfUntouched(space);
    settleConflicts(space);
    for (const shape of shapes) dropPlan(db, shape);
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Drops a plan of which nothing was written. */
export function abandon({ db, shapes, run }: Workspace): void {
  recordAbandoned(db, run.id);
  db.prepare("DELETE FROM state.sync_ledger WHERE run = ? AND status = 'pending'").run(run.id);
  for (const shape of shapes) dropPlan(db, shape);
}

/** A condition on plan `p`: every side that had to be written holds the planned value. Bags are settled apart. */
function arrived({ db }: Workspace, shape: Shape): string {
  if (isBag(shape)) {
    for (const side of SIDES) {
      const missing = unexpectedCounts(db, shape, side, `p.${C.count}`);
      exclude(db, shape.work.planBag, missing);
    }
  }
  if (!isKeyed(shape)) return "TRUE";
  for (const side of SIDES) exclude(db, shape.work.plan, findUnwritten(db, shape, side));
  return `p.${C.outcome} IN ('copy', 'agree', 'merge', 'resolve', 'rekey')`;
}

/** Rows that did not arrive are dropped from what is remembered; the next look finds them changed again. */
function exclude(db: Workspace["db"], plan: string, rows: readonly number[]): void {
  db.prepare(`DELETE FROM ${plan} WHERE ${C.n} IN (SELECT value FROM json_each(?))`).run(
    JSON.stringify(rows),
  );
}

/**
 * A value is not lost where its side still holds it exactly; everywhere else it may have been
 * overwritten, and its entry stays. Side by side: one may be committed and the other not.
 */
function dropLedgerOfUntouched({ db, shapes, run }: Workspace): void {
  for (const shape of shapes.filter(isKeyed)) {
    const { table, work } = shape;
    for (const { side } of SIDES) {
      db.prepare(
        `DELETE FROM state.sync_ledger WHERE run = ? AND tbl = ? AND status = 'pending' AND lost = '${side}' AND EXISTS (
           SELECT 1 FROM ${work.kept} AS k CROSS JOIN ${shape.sides[side].all} AS x ON ${keyMatches(table, "x", "k")}
           WHERE k.${C.owner} = sync_ledger.conflict AND k.${C.image} = '${side}' AND NOT ${rowsDiffer(table, "x", "k")})`,
      ).run(run.id, table.name);
    }
  }
}

/** The same for contents of bags, by their count; before those that did not arrive are dropped from the plan. */
function dropBagLossesOfUntouched({ db, shapes, run }: Workspace): void {
  for (const shape of shapes.filter(isBag)) {
    for (const side of SIDES) {
      const touched = unexpectedCounts(db, shape, side, `p.${side.count}`);
      db.prepare(
        `DELETE FROM state.sync_ledger WHERE run = ? AND tbl = ? AND status = 'pending' AND lost = '${side.side}' AND conflict IN (
           SELECT ${C.conflict} FROM ${shape.work.planBag} WHERE ${C.n} NOT IN (SELECT value FROM json_each(?)))`,
      ).run(run.id, shape.table.name, JSON.stringify(touched));
    }
  }
}

async function settleUnrepeatable(space: Workspace, marks: Marks): Promise<void> {
  const committed = SIDES.map((side) => ({
    side,
    state: committedTo(marks[side.side], schemaCookie(space.db, side.side)),
  }));
  const written = committed.filter(({ state }) => state !== "not-written");
  if (written.every(({ state }) => state === "no")) return;
  if (written.some(({ state }) => state === "unknown")) {
    parkUnrepeatable(space, () => "all");
    return;
  }
  // What a committed side shows by now may be the user's next edit: it counts as written.
  for (const { side, state } of written) {
    if (state === "yes") markWritten(space, side);
  }
  const open = written.find(({ state }) => state === "no");
  if (open === undefined) return;
  if (!canStillMove(space, open.side)) {
    parkUnrepeatable(space, () => "all");
    return;
  }
  parkUnrepeatable(space, (shape) => findMovedRows(space.db, shape, open.side));
  for (const shape of space.shapes.filter(isKeyed)) {
    exclude(space.db, shape.work.plan, findMovedRows(space.db, shape, open.side));
  }
  await writeRest(space);
  markWritten(space, open.side);
}

/** Writes what the committed side has already. Rows that are refused park; the plan shrinks with each attempt. */
async function writeRest(space: Workspace): Promise<void> {
  const onNothingWritten = (): void => undefined;
  for (;;) {
    const applied = await applyPlan(space, {
      draft: null,
      lastRound: true,
      marks: null,
      onNothingWritten,
    });
    if (applied.type === "committed") return;
    if (applied.type === "refused") space.db.transaction(() => park(space, applied.violations))();
  }
}

function markWritten({ db, shapes }: Workspace, { to }: SideNames): void {
  for (const shape of shapes) {
    if (isKeyed(shape)) db.exec(`UPDATE ${shape.work.plan} SET ${to} = 0`);
    if (isBag(shape)) db.exec(`UPDATE ${shape.work.planBag} SET ${to} = 0`);
  }
}

/** Parks rows with values of neither side, all of them or those by number. */
function parkUnrepeatable(
  space: Workspace,
  which: (shape: Shape) => readonly number[] | "all",
): void {
  const why = {
    kind: "update/update",
    reason: "an interrupted run may have applied this decision already",
    retry: false,
    obstacle: null,
  };
  for (const shape of space.shapes.filter(isKeyed)) {
    const chosen = which(shape);
    // A row under a fresh key is nobody's change: where it stands, the next look finds it as new.
    if (chosen === "all")
      space.db.exec(`DELETE FROM ${shape.work.plan} WHERE ${C.outcome} = 'rekey'`);
    const rows = (
      space.db
        .prepare(`SELECT ${C.n} FROM ${shape.work.plan} WHERE ${IS_UNREPEATABLE}`)
        .pluck()
        .all() as number[]
    ).filter((n) => chosen === "all" || chosen.includes(n));
    if (rows.length > 0) parkRows(space.db, shape, rows, { run: space.run, why });
  }
}

/**
 * Rows that get fresh keys move together with all that points at them. That can still be done on a side
 * where none of them changed since, and nothing else came to point at them.
 */
function canStillMove({ db, shapes, seen, references }: Workspace, side: SideNames): boolean {
  const keyed = shapes.filter(isKeyed);
  const hasMoved = keyed.some((shape) => {
    const isTouched = db.prepare(
      `SELECT 1 FROM ${shape.work.plan} WHERE ${C.rekey} IS NOT NULL AND ${C.n} IN (SELECT value FROM json_each(?))`,
    );
    return isTouched.get(JSON.stringify(findMovedRows(db, shape, side))) !== undefined;
  });
  if (hasMoved) return false;
  return findKeyReferences(seen, shapes, references).every(
    (reference) => !reference.sides.includes(side) || !hasNewFollower(db, reference, side),
  );
}
