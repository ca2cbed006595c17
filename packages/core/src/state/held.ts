import type Database from "better-sqlite3";
import { BY_DIRECTION } from "@sync/model";
import type { OneWay } from "../sqlite/one-way.ts";
import { hasOutcome } from "../sqlite/plan-tables.ts";
import { columnNames } from "../sqlite/rows.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { compareImages } from "./compare-images.ts";
import { conflictKind, isAsKept, numberConflicts } from "./conflicts.ts";
import { keepImages } from "./images.ts";
import type { RunRecord } from "./runs.ts";

/** Rows that both sides changed, and no old value that came back. */
const IN_VAIN = `p.${C.outcome} = 'open' AND p.${C.stale} IS NULL`;

/**
 * In a one-way run, what is left open was changed on both sides: the target's row is kept, and that is
 * told once. So that it is told again only when one of the rows changed, the images are kept like those
 * of a parked conflict, in an entry of the status `held`, which is not part of the inbox. A conflict that
 * waits in the inbox already stays there.
 */
export function keepHeld(
  db: Database.Database,
  shape: Shape,
  { run, oneWay }: { readonly run: RunRecord; readonly oneWay: OneWay },
): void {
  const { work } = shape;
  if (!hasOutcome(db, shape, "'open'")) return;
  numberConflicts(db, shape, run, IN_VAIN);
  if (work.parkedKept !== null)
    db.exec(`UPDATE ${work.plan} AS p SET ${C.outcome} = 'held' WHERE ${IN_VAIN}
      AND EXISTS (SELECT 1 FROM state.sync_conflict AS c WHERE c.id = p.${C.conflict} AND c.status IN ('parked', 'held'))
      AND ${isAsKept(shape)}`);
  keepImages(db, shape, IN_VAIN);
  compareImages(db, shape);
  recordHeld(db, shape, run, oneWay);
  db.exec(
    `UPDATE ${work.plan} AS p SET ${C.outcome} = 'held', ${C.toA} = 0, ${C.toB} = 0 WHERE ${IN_VAIN}`,
  );
}

/** New entries are drafts until the run is done. Those of before keep their status: what waits goes on waiting. */
function recordHeld(
  db: Database.Database,
  { table, work, rules }: Shape,
  run: RunRecord,
  oneWay: OneWay,
): void {
  const disputed = `(SELECT json_group_array(j.value) FROM json_each(@columns) AS j
    WHERE substr(p.${C.sources}, j.key + 1, 1) = '?' AND j.value IS NOT @timestamp)`;
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, disputed, policy, reason, winner, changed_ms)
     SELECT p.${C.conflict}, @run, @table, p.${C.n}, ${conflictKind("p")}, 'draft', ${disputed}, @policy, @reason, @winner, @ms
     FROM ${work.plan} AS p WHERE ${IN_VAIN}
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, disputed = excluded.disputed,
       policy = excluded.policy, reason = excluded.reason, winner = excluded.winner, settled = 0, changed_ms = excluded.changed_ms`,
  ).run({
    run: run.id,
    table: table.name,
    columns: JSON.stringify(columnNames(table)),
    timestamp: rules.timestamp,
    policy: BY_DIRECTION,
    reason: "the row was changed on the target as well, and is kept there",
    winner: oneWay.target,
    ms: run.startedMs,
  });
}
