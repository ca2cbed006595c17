import type Database from "better-sqlite3";
import type { Marks } from "../sqlite/commit-mark.ts";
import { countEpoch } from "./epoch.ts";
import { isTextList, readOwnJson } from "./own-json.ts";

/** One run as the state knows it. */
export interface RunRecord {
  readonly id: string;
  /** Where its working tables stand: `state`, or `temp` for a dry run. */
  readonly schema: "state" | "temp";
  readonly startedMs: number;
  readonly policy: string;
  readonly policyVersion: string | null;
  /** It looks at chosen rows only: what it did not find is not settled by that. */
  readonly limited: boolean;
}

/** A run that planned writes and was interrupted before it was done. */
export interface UnfinishedRun {
  readonly id: string;
  readonly policy: string;
  readonly policyVersion: string | null;
  readonly startedMs: number;
  readonly limited: boolean;
  /** Rows whose decision cannot be repeated are in it; these tell whether a side was committed. */
  readonly marks: Marks | null;
  /** Names of the tables that its plan is about and that are not settled yet. */
  readonly tables: readonly string[];
}

/** What a run is about to write. */
export type Planned = Pick<UnfinishedRun, "marks" | "tables">;

/** Records that the plan is complete: from here on an interruption is recovered from it. */
export function recordPlanned(db: Database.Database, run: RunRecord, planned: Planned): void {
  const { marks, tables } = planned;
  db.prepare(
    `INSERT OR REPLACE INTO state.sync_run (id, status, policy, policy_version, started_ms, marked, tables,
       cookie_a, cookie_a_after, cookie_b, cookie_b_after, limited) VALUES (?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    run.id,
    run.policy,
    run.policyVersion,
    run.startedMs,
    marks === null ? 0 : 1,
    JSON.stringify(tables),
    marks?.a.before ?? null,
    marks?.a.after ?? null,
    marks?.b.before ?? null,
    marks?.b.after ?? null,
    run.limited ? 1 : 0,
  );
}

/** Part of an interrupted run cannot be settled yet: the tables that are left. */
export function recordRemaining(
  db: Database.Database,
  runId: string,
  tables: readonly string[],
): void {
  db.prepare("UPDATE state.sync_run SET tables = ? WHERE id = ?").run(
    JSON.stringify(tables),
    runId,
  );
}

/**
 * Records that the run's effects are all durable, and remembered. Of runs that are done, only the last is
 * kept: a pair that is kept in step makes thousands an hour.
 */
export function recordDone(db: Database.Database, runId: string): void {
  db.exec("DELETE FROM state.sync_run WHERE status = 'done'");
  db.prepare("UPDATE state.sync_run SET status = 'done' WHERE id = ?").run(runId);
  countEpoch(db);
}

/** The plan was given up before anything was written; what it noted as lost is not. */
export function recordAbandoned(db: Database.Database, runId: string): void {
  db.prepare("DELETE FROM state.sync_run WHERE id = ?").run(runId);
}

/** The runs to recover: interrupted after planning. */
export function unfinishedRuns(db: Database.Database): UnfinishedRun[] {
  // Our own table; recordPlanned writes its rows.
  const rows = db
    .prepare(
      `SELECT id, policy, policy_version, started_ms, limited, marked, tables, cookie_a, cookie_a_after, cookie_b, cookie_b_after
       FROM state.sync_run WHERE status = 'planned' ORDER BY started_ms, id`,
    )
    .all() as RunRow[];
  return rows.map((row) => ({
    id: row.id,
    policy: row.policy,
    policyVersion: row.policy_version,
    startedMs: row.started_ms,
    limited: row.limited === 1,
    tables: readOwnJson(row.tables, isTextList),
    marks: row.marked === 1 ? marksOf(row) : null,
  }));
}

/** A run planned to write and has not ended. */
export function hasUnfinishedRun(db: Database.Database): boolean {
  const sql = "SELECT 1 FROM state.sync_run WHERE status = 'planned' LIMIT 1";
  return db.prepare(sql).get() !== undefined;
}

function marksOf({ cookie_a, cookie_a_after, cookie_b, cookie_b_after }: RunRow): Marks {
  return {
    a: { before: cookie_a, after: cookie_a_after },
    b: { before: cookie_b, after: cookie_b_after },
  };
}

interface RunRow {
  readonly id: string;
  readonly policy: string;
  readonly policy_version: string | null;
  readonly started_ms: number;
  readonly limited: number;
  readonly marked: number;
  readonly tables: string;
  readonly cookie_a: number | null;
  readonly cookie_a_after: number | null;
  readonly cookie_b: number | null;
  readonly cookie_b_after: number | null;
}
