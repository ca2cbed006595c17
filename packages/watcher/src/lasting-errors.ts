import type { SyncErrorCode } from "@sync/model";

/**
 * Errors that a person or a change of the files must end: guards, settings, and tables that do not fit.
 * Everything else may pass by itself: a lock, a full disk, a network drive, a file that comes back.
 */
const LASTING: readonly SyncErrorCode[] = [
  "SYNC_MAX_DELETE",
  "SYNC_MIRROR",
  "SYNC_LINEAGE",
  "SYNC_SCHEMA_MISMATCH",
  "SYNC_UNSUPPORTED",
  "SYNC_USAGE",
  "SYNC_UNKNOWN_POLICY",
  "SYNC_UNKNOWN_TABLE",
  "SYNC_SAME_FILE",
  "SYNC_STATE_IN_SYNCED_FOLDER",
  "SYNC_STATE_DAMAGED",
];

export function isLasting(code: string): boolean {
  return LASTING.some((known) => known === code);
}
