import type Database from "better-sqlite3";

/** One run as the state knows it. */
export interface RunRecord {
  readonly id: string;
  /** Where its working tables stand: `state`, or `temp` for a dry run. */
  readonly schema: "state" | "temp";
  readonly startedMs: number;
  readonly policy: string;
  readonly policyVersion: string | null;
}

/** A run that planned writes and was interrupted before it was done. */
export interface UnfinishedRun {
  readonly id: string;
  readonly policy: string;
  readonly policyVersion: string | null;
  readonly startedMs: number;
  /** Rows whose decision cannot be repeated are in it; the cookies tell whether a side was committed. */
  readonly marked: boolean;
  readonly cookies: Readonly<Record<"a" | "b", Cookies>>;
}

/** A side's schema cookie before the run's transaction and, if it commits, after; `null`: not written. */
export interface Cookies {
  readonly before: number | null;
  readonly after: number | null;
}

/** Records that the plan is complete: from here on an interruption is recovered from it. */
export function recordPlanned(
  db: Database.Database,
  run: RunRecord,
  marked: boolean,
  cookies: UnfinishedRun["cookies"],
): void {
  db.prepare(
    `INSERT INTO state.sync_run (id, status, policy, policy_version, started_ms, marked,
       cookie_a, cookie_a_after, cookie_b, cookie_b_after) VALUES (?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    run.id,
    run.policy,
    run.policyVersion,
    run.startedMs,
    marked ? 1 : 0,
    cookies.a.before,
    cookies.a.after,
    cookies.b.before,
    cookies.b.after,
  );
}

/** Records that the run's effects are all durable, and remembered. */
export function recordDone(db: Database.Database, runId: string): void {
  db.prepare("UPDATE state.sync_run SET status = 'done' WHERE id = ?").run(runId);
}

/** The plan was given up before anything was written; what it noted as lost is not. */
export function recordAbandoned(db: Database.Database, runId: string): void {
  db.prepare("DELETE FROM state.sync_run WHERE id = ?").run(runId);
}

/** The run to recover, if the last one was interrupted after planning. */
export function unfinishedRun(db: Database.Database): UnfinishedRun | null {
  const row = db
    .prepare(
      `SELECT id, policy, policy_version, started_ms, marked, cookie_a, cookie_a_after, cookie_b, cookie_b_after
     FROM state.sync_run WHERE status = 'planned'`,
    )
    .get() as Record<string, number | string | null> | undefined;
  if (row === undefined) return null;
  const number = (name: string): number | null =>
    typeof row[name] === "number" ? row[name] : null;
  const text = (name: string): string | null => (typeof row[name] === "string" ? row[name] : null);
  return {
    id: text("id") ?? "",
    policy: text("policy") ?? "",
    policyVersion: text("policy_version"),
    startedMs: number("started_ms") ?? 0,
    marked: number("marked") === 1,
    cookies: {
      a: { before: number("cookie_a"), after: number("cookie_a_after") },
      b: { before: number("cookie_b"), after: number("cookie_b_after") },
    },
  };
}
