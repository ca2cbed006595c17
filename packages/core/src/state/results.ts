import type Database from "better-sqlite3";
import { columnList, keyMatches } from "../sqlite/expressions.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type { RunRecord } from "./runs.ts";

/**
 * Keeps what came out of each decision by which something was lost, as image `r` of its conflict: what
 * a person who wants it back is shown, and compares the row with. From the plan, never from a side.
 *
 * @param condition - on plan `p`: the rows that took effect
 */
export function keepResults(
  db: Database.Database,
  { table, work }: Shape,
  run: RunRecord,
  condition: string,
): void {
  const hasLost = `EXISTS (SELECT 1 FROM state.sync_ledger AS l WHERE l.conflict = p.${C.conflict} AND l.run = ?)`;
  // A mirror also notes what an ordinary copy overwrites.
  const decided = `(p.${C.outcome} IN ('resolve', 'copy') OR p.${C.rekey} IS NOT NULL)`;
  const resolved = `FROM ${work.plan} AS p WHERE p.${C.conflict} IS NOT NULL AND ${decided} AND ${condition} AND ${hasLost}`;
  db.prepare(
    `INSERT OR REPLACE INTO ${workTable("state", "kept", table.name)} (${C.owner}, ${C.image}, ${columnList(table)})
     SELECT p.${C.conflict}, 'r', ${columnList(table, "p")} ${resolved} AND p.${C.gone} = 0`,
  ).run(run.id);
  db.prepare(
    `UPDATE state.sync_conflict SET result = found.result FROM (
       SELECT p.${C.conflict} AS id, CASE WHEN p.${C.rekey} IS NOT NULL THEN 'renumbered' WHEN p.${C.gone} THEN 'gone' ELSE 'row' END AS result ${resolved}) AS found
     WHERE sync_conflict.id = found.id`,
  ).run(run.id);
}

/**
 * A deletion that lost is no value that could disappear, and yet a person may want it back: it gets an
 * entry without an image. Noted here, where it is certain that the row stands again.
 *
 * @param condition - on plan `p`: the rows that took effect
 */
export function noteLostDeletions(
  db: Database.Database,
  { table, work }: Shape,
  run: RunRecord,
  condition: string,
): void {
  const neither = `(p.${C.didA} = '0' AND p.${C.didB} = '0')`;
  for (const { side, did } of SIDES) {
    db.prepare(
      `INSERT INTO state.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
       SELECT ?, ?, p.${C.conflict}, '${side}', c.winner, c.policy, c.reason, 'final', ?
       FROM ${work.plan} AS p CROSS JOIN state.sync_conflict AS c ON c.id = p.${C.conflict}
       WHERE p.${C.outcome} = 'resolve' AND p.${C.gone} = 0 AND p.${C.rekey} IS NULL AND ${condition}
         AND (p.${did} = '-' OR ${neither})`,
    ).run(run.id, table.name, run.startedMs);
  }
}

/** The inbox's entries about rows that a limited run decided are closed; no other was looked at. */
export function closeDecided(db: Database.Database, shape: Shape): void {
  if (!isKeyed(shape)) return;
  const { table, work } = shape;
  db.prepare(
    `UPDATE state.sync_conflict SET status = 'closed' WHERE status IN ('parked', 'held') AND tbl = ? AND id IN (
       SELECT k.${C.owner} FROM state.sync_conflict AS c
       CROSS JOIN ${workTable("state", "kept", table.name)} AS k ON k.${C.owner} = c.id
       CROSS JOIN ${work.plan} AS p ON ${keyMatches(table, "p", "k")}
       WHERE c.status IN ('parked', 'held') AND c.tbl = ? AND p.${C.outcome} <> 'park')`,
  ).run(table.name, table.name);
}
