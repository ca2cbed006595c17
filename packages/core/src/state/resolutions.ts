import type Database from "better-sqlite3";
import { keyToText } from "@sync/model";
import type { Resolution } from "../reconcile/resolution.ts";
import { columnNames } from "../sqlite/rows.ts";
import { columnList } from "../sqlite/expressions.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type { OpenConflict } from "./open-conflicts.ts";
import type { RunRecord } from "./runs.ts";

/** A conflict, what was decided, and who decided. */
export interface Decided {
  readonly open: OpenConflict;
  readonly resolution: Resolution;
  readonly policy: string;
}

/**
 * Makes what notes decisions about conflicts of one table, in the plan, the record and the ledger.
 * Its statements are compiled once: there may be very many conflicts.
 */
export function createResolutionWriter(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
): (decided: Decided) => void {
  const keep = createRowKeeper(db, shape);
  const plan = db.prepare(
    `UPDATE ${shape.work.plan} SET ${C.outcome} = ?, ${C.gone} = ?, ${C.sources} = ?, ${C.rekey} = ? WHERE ${C.n} = ?`,
  );
  const note = createNote(db, run);
  const lose = createLoss(db, shape, run);
  return (decided) => {
    const { open, resolution } = decided;
    if (resolution.type === "row" && resolution.written !== null) keep(open.id, resolution.written);
    plan.run(
      resolution.type === "park" ? "park" : "resolve",
      resolution.type === "gone" ? 1 : 0,
      resolution.type === "row" ? resolution.sources : open.sources,
      resolution.type === "row" ? resolution.rekey : null,
      open.n,
    );
    note(decided);
    lose(decided);
  };
}

/** Keeps rows that a policy wrote, as the image `w` of their conflict. */
function createRowKeeper(
  db: Database.Database,
  { table, work }: Shape,
): (id: number, row: Readonly<Record<string, unknown>>) => void {
  const columns = columnNames(table);
  const insert = db.prepare(
    `INSERT OR REPLACE INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
     VALUES (?, 'w', ${columns.map(() => "?").join(", ")})`,
  );
  return (id, row) =>
    void insert.run(
      id,
      ...columns.map((name) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)),
    );
}

function createNote(db: Database.Database, run: RunRecord): (decided: Decided) => void {
  const update = db.prepare(
    `UPDATE ${run.schema}.sync_conflict SET disputed = ?, policy = ?, policy_version = ?, reason = ?, winner = ?,
       key_text = ? WHERE id = ?`,
  );
  return ({ open, resolution, policy }) => {
    const parked = resolution.type === "park" ? resolution : null;
    update.run(
      JSON.stringify(open.conflict.disputed),
      // Without a policy on record, the next run asks again (see keepStillParked).
      parked?.cause === "failed" ? null : policy,
      run.policyVersion,
      resolution.reason,
      resolution.type === "park" ? null : resolution.winner,
      keyToText(open.conflict.key),
      open.id,
    );
  };
}

/** An earlier decision about the same conflict is void, and what it noted as lost is not. */
function createLoss(
  db: Database.Database,
  { table }: Shape,
  run: RunRecord,
): (decided: Decided) => void {
  const forget = db.prepare(
    `DELETE FROM ${run.schema}.sync_ledger WHERE conflict = ? AND run = ? AND status = 'pending'`,
  );
  const insert = db.prepare(
    `INSERT INTO ${run.schema}.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
  );
  return ({ open, resolution, policy }) => {
    // Only a constraint asks about a row that was decided about already.
    if (open.conflict.constraint !== null) forget.run(open.id, run.id);
    if (resolution.type === "park") return;
    const { lost, winner, reason } = resolution;
    for (const side of lost)
      insert.run(run.id, table.name, open.id, side, winner, policy, reason, run.startedMs);
  };
}
