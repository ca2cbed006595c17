import type { Violation } from "../sqlite/collisions.ts";
import { columnList, contentMatches } from "../sqlite/expressions.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type Database from "better-sqlite3";
import { numberConflicts } from "./conflicts.ts";
import { keepImages } from "./images.ts";
import type { RunRecord } from "./runs.ts";

/** Why a row was parked without a policy: its kind and a sentence. */
export interface ParkReason {
  readonly kind: string;
  readonly reason: string;
  /**
   * The next run looks at the row anew though neither it nor the policy changed: what was in its way may
   * be gone. Not for decisions that must not be made twice.
   */
  readonly retry: boolean;
  /** The broken constraint as JSON, as `BrokenConstraint`, with the rival by table and key; `null` without one. */
  readonly obstacle: string | null;
}

/**
 * Takes rows out of the plan and puts them into the inbox, with what base, a and b hold now. A
 * decision that had been made about them is void: what it noted as lost is not.
 */
export function parkViolation(db: Database.Database, violation: Violation, run: RunRecord): void {
  const why = {
    kind: violation.kind,
    reason: violation.reason ?? `it would break ${violation.constraint}`,
    retry: true,
    obstacle: JSON.stringify({
      text: violation.constraint,
      side: violation.side.side,
      rival: null,
    }),
  };
  if (violation.bag) parkBagRows(db, violation.shape, violation.rows, { run, why });
  else parkRows(db, violation.shape, violation.rows, { run, why });
}

/** Parks keyed rows of the plan by number. */
export function parkRows(
  db: Database.Database,
  shape: Shape,
  rows: readonly number[],
  { run, why }: { run: RunRecord; why: ParkReason },
): void {
  const { table, work } = shape;
  const chosen = `p.${C.n} IN (SELECT value FROM json_each('${JSON.stringify(rows)}'))`;
  numberConflicts(db, shape, run, chosen);
  db.exec(
    `UPDATE ${work.plan} AS p SET ${C.outcome} = 'park', ${C.toA} = 0, ${C.toB} = 0 WHERE ${chosen}`,
  );
  db.exec(`DELETE FROM ${run.schema}.sync_ledger WHERE status = 'pending' AND conflict IN (
    SELECT p.${C.conflict} FROM ${work.plan} AS p WHERE ${chosen})`);
  recordParked(db, `${work.plan} AS p WHERE ${chosen}`, { run, why, table: table.name });
  keepImages(db, shape, chosen);
}

/** Parks contents of a bag by number. Their images are the content itself, for the sides that have it. */
function parkBagRows(
  db: Database.Database,
  shape: Shape,
  rows: readonly number[],
  { run, why }: { run: RunRecord; why: ParkReason },
): void {
  const { table, work } = shape;
  const chosen = `p.${C.n} IN (SELECT value FROM json_each('${JSON.stringify(rows)}'))`;
  const parked =
    work.parkedKept === null
      ? "NULL"
      : `(SELECT min(k.${C.owner}) FROM state.sync_conflict AS c CROSS JOIN ${work.parkedKept} AS k ON k.${C.owner} = c.id
          WHERE c.status = 'parked' AND c.tbl = @table AND ${contentMatches(table, "k", "p")})`;
  db.prepare(
    `UPDATE ${work.planBag} AS p SET ${C.outcome} = 'park', ${C.toA} = 0, ${C.toB} = 0, ${C.conflict} = ifnull(${parked},
       (SELECT ifnull(max(seq), 0) FROM ${run.schema}.sqlite_sequence WHERE name = 'sync_conflict') + p.${C.n})
     WHERE ${chosen} AND @table = @table`,
  ).run({ table: table.name });
  recordParked(db, `${work.planBag} AS p WHERE ${chosen}`, { run, why, table: table.name });
  db.exec(
    `DELETE FROM ${work.kept} WHERE ${C.owner} IN (SELECT p.${C.conflict} FROM ${work.planBag} AS p WHERE ${chosen})`,
  );
  for (const [image, count] of [
    ["a", C.countA],
    ["b", C.countB],
    ["0", C.countBase],
  ]) {
    db.prepare(
      `INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)}) SELECT p.${C.conflict}, ?, ${columnList(table, "p")}
       FROM ${work.planBag} AS p WHERE ${chosen} AND p.${count ?? ""} > 0`,
    ).run(image);
  }
}

interface Parked {
  readonly run: RunRecord;
  readonly why: ParkReason;
  readonly table: string;
}

/** An entry that says the same as before is left alone: nothing new happened to it. */
function recordParked(
  db: Database.Database,
  plannedRows: string,
  { run, why, table }: Parked,
): void {
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, disputed, policy, policy_version, reason, obstacle, changed_ms)
     SELECT p.${C.conflict}, @run, @table, p.${C.n}, @kind, 'draft', '[]', @policy, @version, @reason, @obstacle, @ms FROM ${plannedRows}
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, policy = excluded.policy,
       policy_version = excluded.policy_version, reason = excluded.reason,
       obstacle = ifnull(obstacle, excluded.obstacle), winner = NULL, settled = 0
     WHERE status <> 'parked' OR kind <> excluded.kind OR reason IS NOT excluded.reason OR policy IS NOT excluded.policy`,
  ).run({
    run: run.id,
    table,
    kind: why.kind,
    reason: why.reason,
    obstacle: why.obstacle,
    policy: why.retry ? null : run.policy,
    version: run.policyVersion,
    ms: run.startedMs,
  });
}
