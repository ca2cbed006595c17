import type { ConflictKind, Side } from "./conflict.ts";
import type { Key } from "./values.ts";

/** Every event that the packages emit (DESIGN §11). */
export const EVENT_NAMES = [
  "sync_start",
  "sync_complete",
  "sync_error",
  "sync_retry",
  "conflict_resolved",
  "conflict_skip",
  "conflict_parked",
  "schema_mismatch",
  "clock_skew",
  "lineage_alarm",
  "guard_stop",
  "log_hook_error",
  "backup_created",
  "restore_complete",
  "watch_start",
  "watch_stop",
] as const;

/** One of {@link EVENT_NAMES}. */
export type EventName = (typeof EVENT_NAMES)[number];

/** How pressing an event is; a log leaves out those below its own level. */
export type EventLevel = "debug" | "info" | "warn" | "error";

/** One thing that happened, for a log or a hook. `fields` never hold row contents but keys. */
export interface SyncEvent {
  readonly event: EventName;
  readonly level: EventLevel;
  readonly timeMs: number;
  readonly runId?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Stands for the policy in an outcome where nobody was asked: the run went in one direction. */
export const BY_DIRECTION = "direction";

/** What happened to one conflict in a run; the payload of the `conflict_*` events. */
export interface ConflictOutcome {
  readonly table: string;
  readonly key: Key;
  readonly kind: ConflictKind;
  readonly disputed: readonly string[];
  readonly policy: string;
  /**
   * `skip`: a value lost and is in the ledger; in a run of one direction also: a change did not go to the
   * target, whose row had changed as well and is kept. `resolved`: decided without a loss. `parked`: in the inbox.
   */
  readonly outcome: "skip" | "resolved" | "parked";
  /** The side whose values won, where one did. */
  readonly winner: Side | null;
  readonly reason: string;
}

/** How far a run is. `done` and `total` count rows of the table at hand. */
export interface Progress {
  readonly phase: "read" | "reconcile" | "write" | "verify" | "remember";
  readonly table: string;
  readonly done: number;
  readonly total: number;
}
