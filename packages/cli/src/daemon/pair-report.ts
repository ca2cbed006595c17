import type { PairStatus } from "@sync/watcher";
import type { NamedPair, PairReport } from "./control.ts";

/** A pair's state for those who ask over the socket. */
export function pairReport(
  { name, a, b }: NamedPair,
  { state, lastRun, waitingSinceMs, retryMs, error }: PairStatus,
): PairReport {
  const report = lastRun?.report;
  return {
    name,
    a,
    b,
    state,
    lastRun:
      lastRun === null
        ? null
        : {
            endedMs: lastRun.endedMs,
            runId: lastRun.report.runId,
            durationMs: lastRun.report.durationMs,
          },
    waitingSinceMs,
    openConflicts: report === undefined ? null : report.conflicts.parked,
    nextRetryMs: retryMs,
    error: error === null ? null : { code: error.code, message: error.message, next: error.next },
  };
}
