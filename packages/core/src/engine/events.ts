import { isSyncError, keyToText } from "@sync/model";
import type { ConflictOutcome, Direction, EventLevel, EventName } from "@sync/model";
import type { EngineOptions } from "./engine-options.ts";
import type { Pair } from "./options.ts";
import type { RunResult } from "./request.ts";

/** The events of one run, told to whoever listens. Never throws. */
export interface RunEvents {
  started(policy: string, direction?: Direction): void;
  completed(result: RunResult): void;
  failed(error: unknown): void;
}

export function createEvents({ onEvent, now = Date.now }: EngineOptions, pair: Pair): RunEvents {
  const emit = (
    event: EventName,
    level: EventLevel,
    fields: Readonly<Record<string, unknown>>,
    runId?: string,
  ): void => {
    try {
      onEvent?.({
        event,
        level,
        timeMs: now(),
        fields: { a: pair.a, b: pair.b, ...fields },
        ...(runId === undefined ? {} : { runId }),
      });
    } catch {
      // A listener's failure must not stop a synchronization; the log package tells of it.
    }
  };
  return {
    started: (policy, direction = "two-way") => emit("sync_start", "info", { policy, direction }),
    completed: ({ report, outcomes, clockSkews }) => {
      for (const { table, reason } of clockSkews)
        emit("clock_skew", "warn", { table, reason }, report.runId);
      for (const outcome of outcomes)
        emit(
          eventOf(outcome),
          outcome.outcome === "resolved" ? "info" : "warn",
          fieldsOf(outcome),
          report.runId,
        );
      const { durationMs, conflicts, direction, dryRun, firstRun } = report;
      emit(
        "sync_complete",
        "info",
        { durationMs, conflicts, direction, dryRun, firstRun, tables: report.tables },
        report.runId,
      );
    },
    failed: (error) => {
      const code = isSyncError(error) ? error.code : "SYNC_INTERNAL";
      const message = error instanceof Error ? error.message : String(error);
      const [event, level] = errorEvent(code);
      if (event !== "sync_error") emit(event, level, { code, message });
      emit("sync_error", "error", { code, message });
    },
  };
}

function eventOf({ outcome }: ConflictOutcome): EventName {
  if (outcome === "skip") return "conflict_skip";
  return outcome === "parked" ? "conflict_parked" : "conflict_resolved";
}

function fieldsOf({
  table,
  key,
  kind,
  disputed,
  policy,
  winner,
  reason,
}: ConflictOutcome): Readonly<Record<string, unknown>> {
  return { table, key: keyToText(key), kind, disputed, policy, winner, reason };
}

function errorEvent(code: string): [EventName, EventLevel] {
  switch (code) {
    case "SYNC_SCHEMA_MISMATCH":
      return ["schema_mismatch", "error"];
    case "SYNC_LINEAGE":
      return ["lineage_alarm", "warn"];
    case "SYNC_MAX_DELETE":
    case "SYNC_MIRROR":
    case "SYNC_UNSUPPORTED":
      return ["guard_stop", "warn"];
    default:
      return ["sync_error", "error"];
  }
}
