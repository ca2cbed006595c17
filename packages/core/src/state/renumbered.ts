import type Database from "better-sqlite3";
import { movedColumns, movedTable } from "../sqlite/rekey/moved-keys.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type { RunRecord } from "./runs.ts";

/**
 * Notes in the ledger which rows got a fresh key, and says so in the records of their conflicts. A row that
 * moves with its parent may have been a conflict that was decided otherwise: that decision is void.
 */
export function recordRenumbered(
  db: Database.Database,
  { table, work }: Shape,
  run: RunRecord,
): void {
  const moved = movedTable(table);
  const text = (letter: "o" | "f"): string =>
    movedColumns(table, letter, "m")
      .map((column) => `quote(${column})`)
      .join(" || ', ' || ");
  const reason = `'both rows are kept, this one under the key ' || ${text("f")} || ' instead of ' || ${text("o")}`;
  const from = `FROM ${moved} AS m CROSS JOIN ${work.plan} AS p ON p.${C.n} = m.n`;
  db.prepare(
    `DELETE FROM ${run.schema}.sync_ledger WHERE run = ? AND status = 'pending'
       AND conflict IN (SELECT p.${C.conflict} ${from})`,
  ).run(run.id);
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, disputed, policy, policy_version, reason, changed_ms)
     SELECT p.${C.conflict}, ?, ?, m.n, 'insert/insert', 'draft', '[]', ?, ?, ${reason}, ? ${from} WHERE TRUE
     ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, winner = NULL, policy = excluded.policy`,
  ).run(run.id, table.name, run.policy, run.policyVersion, run.startedMs);
  db.prepare(
    `INSERT INTO ${run.schema}.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
     SELECT ?, ?, p.${C.conflict}, m.side, NULL, ?, ${reason}, 'pending', ? ${from}`,
  ).run(run.id, table.name, run.policy, run.startedMs);
}
