import { SyncError } from "@sync/model";
import type { Violation } from "../sqlite/collisions.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { parkViolation } from "../state/park.ts";
import { calledSide } from "./called-side.ts";
import type { RunRequest } from "./request.ts";
import type { Workspace } from "./workspace.ts";

/** Parks the rows of some violations; their rows stay as they are on both sides. */
export function park(space: Workspace, violations: readonly Violation[]): void {
  for (const violation of violations) parkViolation(space.db, violation, space.run);
}

/** Rows get another key, with everything that points at them. */
export function hasRekeys({ db, shapes }: Workspace): boolean {
  return shapes
    .filter(isKeyed)
    .some(
      ({ work }) =>
        db.prepare(`SELECT 1 FROM ${work.plan} WHERE ${C.rekey} IS NOT NULL LIMIT 1`).get() !==
        undefined,
    );
}

/** A condition on planned rows, see `hasUnrepeatable`. */
export const IS_UNREPEATABLE: string = `((${C.outcome} = 'resolve' AND instr(${C.sources}, 'w') > 0) OR ${C.rekey} IS NOT NULL)`;

/** Tables smaller than this may lose any share of their rows. */
const GUARDED_ROWS = 20;

/**
 * Stops a run that would delete too much (DESIGN §3.14), before anything is planned or written.
 *
 * @throws SyncError SYNC_MAX_DELETE with `details: {table, side, deleted, rows}`
 */
export function guardDeletes(space: Workspace, request: RunRequest): void {
  for (const shape of space.shapes) {
    for (const { side, to } of SIDES) {
      const deleted = countDeleted(space, shape, to);
      if (deleted === 0) continue;
      const rows = countUpTo(space, shape[side], deleted);
      if (rows < GUARDED_ROWS || deleted * 100 <= rows * space.settings.maxDeletePercent) continue;
      throw new SyncError(
        "SYNC_MAX_DELETE",
        `The run would delete ${deleted} of ${rows} rows of table \`${shape.table.name}\` in ${request.files[side].given}, more than ${space.settings.maxDeletePercent} %.`,
        { details: { table: shape.table.name, side: calledSide(request, side), deleted, rows } },
      );
    }
  }
}

/** The rows of a table, but no more than are needed to know that so few deletions are not too many: a few among millions. */
function countUpTo({ db, settings }: Workspace, source: string, deleted: number): number {
  const { maxDeletePercent } = settings;
  const enough = Math.max(GUARDED_ROWS, Math.ceil((deleted * 100) / maxDeletePercent));
  const limit = Number.isSafeInteger(enough) ? enough : -1;
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${source} LIMIT ${limit})`;
  return db.prepare(sql).pluck().get() as number;
}

/** Rows that the plan deletes from one side of a table. */
export function countDeleted({ db }: Workspace, shape: Shape, to: string): number {
  const keyed = isKeyed(shape)
    ? db.prepare(`SELECT count(*) FROM ${shape.work.plan} WHERE ${to} = 3`).pluck().get()
    : 0;
  const bag = isBag(shape)
    ? db
        .prepare(`SELECT ifnull(sum(-${to}), 0) FROM ${shape.work.planBag} WHERE ${to} < 0`)
        .pluck()
        .get()
    : 0;
  return Number(keyed) + Number(bag);
}

/**
 * Rows with values that neither side had, or that got another key: whether they were applied already
 * could not be told by looking at them.
 */
export function hasUnrepeatable({ db, shapes }: Workspace): boolean {
  return shapes
    .filter(isKeyed)
    .some(
      ({ work }) =>
        db.prepare(`SELECT 1 FROM ${work.plan} WHERE ${IS_UNREPEATABLE} LIMIT 1`).get() !==
        undefined,
    );
}
