import type { SyncErrorCode } from "@sync/model";

/** What a command found; a finding is something a person should look at, not a failure. */
export type Outcome = "clean" | "findings";

/** A signal that asks the process to end, and that it answers by finishing safely. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** Every exit code of `dbsync`. Nothing outside this file knows one. */
const EXIT = {
  clean: 0,
  findings: 1,
  usage: 2,
  failure: 3,
  missing: 10,
  locked: 11,
  guard: 12,
  /** 128 and the number of the signal, as shells count. */
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** Complete, so that a new error code does not compile before somebody decided how it ends. */
const BY_ERROR: Readonly<Record<SyncErrorCode, number>> = {
  SYNC_USAGE: EXIT.usage,
  SYNC_UNKNOWN_POLICY: EXIT.usage,
  SYNC_UNKNOWN_TABLE: EXIT.usage,
  SYNC_SAME_FILE: EXIT.usage,
  // Where the state lies is a setting, and the way out is to set it.
  SYNC_STATE_IN_SYNCED_FOLDER: EXIT.usage,
  SYNC_DB_MISSING: EXIT.missing,
  SYNC_LOCKED: EXIT.locked,
  SYNC_PAIR_BUSY: EXIT.locked,
  SYNC_WATCHED: EXIT.locked,
  SYNC_MAX_DELETE: EXIT.guard,
  SYNC_MIRROR: EXIT.guard,
  SYNC_LINEAGE: EXIT.guard,
  SYNC_SCHEMA_MISMATCH: EXIT.guard,
  SYNC_UNSUPPORTED: EXIT.guard,
  SYNC_NOT_A_DATABASE: EXIT.failure,
  SYNC_CORRUPT: EXIT.failure,
  SYNC_NOT_A_FILE: EXIT.failure,
  SYNC_PERMISSION: EXIT.failure,
  SYNC_DISK_FULL: EXIT.failure,
  SYNC_IO: EXIT.failure,
  SYNC_NEEDS_RECOVERY: EXIT.failure,
  SYNC_VERIFY_FAILED: EXIT.failure,
  SYNC_STATE_DAMAGED: EXIT.failure,
  SYNC_CANCELLED: EXIT.failure,
  SYNC_INTERNAL: EXIT.failure,
};

export function exitCodeOfOutcome(outcome: Outcome): number {
  return EXIT[outcome];
}

export function exitCodeOfError(code: SyncErrorCode): number {
  return BY_ERROR[code];
}

export function exitCodeOfSignal(signal: EndSignal): number {
  return EXIT[signal];
}
