/** Stable names of everything that can go wrong. */
export type SyncErrorCode =
  | "SYNC_USAGE"
  | "SYNC_UNKNOWN_POLICY"
  | "SYNC_UNKNOWN_TABLE"
  | "SYNC_SAME_FILE"
  | "SYNC_DB_MISSING"
  | "SYNC_NOT_A_DATABASE"
  | "SYNC_CORRUPT"
  | "SYNC_NOT_A_FILE"
  | "SYNC_PERMISSION"
  | "SYNC_LOCKED"
  | "SYNC_PAIR_BUSY"
  | "SYNC_WATCHED"
  | "SYNC_DISK_FULL"
  | "SYNC_IO"
  | "SYNC_NEEDS_RECOVERY"
  | "SYNC_SCHEMA_MISMATCH"
  | "SYNC_UNSUPPORTED"
  | "SYNC_MAX_DELETE"
  | "SYNC_MIRROR"
  | "SYNC_LINEAGE"
  | "SYNC_VERIFY_FAILED"
  | "SYNC_STATE_DAMAGED"
  | "SYNC_STATE_IN_SYNCED_FOLDER"
  | "SYNC_CANCELLED"
  | "SYNC_INTERNAL";

/** What a code means, what happened to the data, and what to do. */
export interface ErrorText {
  readonly cause: string;
  /** What happened to both databases. */
  readonly data: string;
  readonly next: string;
}

/** What each code means, what happened to the data, and what to do next: the text behind `dbsync explain CODE`. */
export const SYNC_ERRORS: Readonly<Record<SyncErrorCode, ErrorText>> = {
  SYNC_USAGE: {
    cause: "The command or call was not understood.",
    data: "Nothing was changed.",
    next: "Look at `dbsync --help`.",
  },
  SYNC_UNKNOWN_POLICY: {
    cause: "No policy has this name.",
    data: "Nothing was changed.",
    next: "Take one of those listed in the message.",
  },
  SYNC_UNKNOWN_TABLE: {
    cause: "Neither database has a table of this name.",
    data: "Nothing was changed.",
    next: "`dbsync diff A B` lists the tables.",
  },
  SYNC_SAME_FILE: {
    cause: "Both sides are one and the same file, perhaps through a link.",
    data: "Nothing was changed.",
    next: "Name two different databases.",
  },
  SYNC_DB_MISSING: {
    cause: "A database file does not exist.",
    data: "Nothing was changed, and no file was made.",
    next: "Check the path; `dbsync sync --create` makes a missing side.",
  },
  SYNC_NOT_A_DATABASE: {
    cause: "The file is not an SQLite database, or it is encrypted.",
    data: "Nothing was changed.",
    next: "Check the path; decrypt the file first.",
  },
  SYNC_CORRUPT: {
    cause: "The database file is damaged.",
    data: "We wrote nothing to it. Rows on sound pages can still be read.",
    next: "`dbsync validate FILE` shows where; restore a backup.",
  },
  SYNC_NOT_A_FILE: {
    cause: "The path is a directory or a device, not a file.",
    data: "Nothing was changed.",
    next: "Name the database file itself.",
  },
  SYNC_PERMISSION: {
    cause: "The file or its folder may not be read or written.",
    data: "Each side is as it was, or has all of the run; the next run does the rest.",
    next: "Change its permissions, or run as its owner.",
  },
  SYNC_LOCKED: {
    cause: "Another process kept a database locked.",
    data: "This run changed nothing.",
    next: "Close the other program or wait, then run again.",
  },
  SYNC_PAIR_BUSY: {
    cause: "Another run of this pair is under way.",
    data: "This run changed nothing; the other one goes on.",
    next: "Wait for it to end, then run again.",
  },
  SYNC_WATCHED: {
    cause: "Another process watches this pair, or one of its databases.",
    data: "Nothing was changed; the watcher goes on.",
    next: "`dbsync status` shows it, `dbsync stop` ends it.",
  },
  SYNC_DISK_FULL: {
    cause: "There is no space left.",
    data: "Each side is as it was, or has all of the run; the next run does the rest.",
    next: "Free some space, then run again.",
  },
  SYNC_IO: {
    cause: "The operating system reported an input/output error.",
    data: "Each side is as it was, or has all of the run; the next run does the rest.",
    next: "Check the disk, then run again.",
  },
  SYNC_NEEDS_RECOVERY: {
    cause: "A database was left by a crash and must be recovered by its next writer.",
    data: "Nothing was changed. What the crash left is repaired by SQLite, without loss of what was committed.",
    next: "Open it once with its application, or run `dbsync sync`.",
  },
  SYNC_SCHEMA_MISMATCH: {
    cause: "The tables of the two databases are not of the same shape.",
    data: "Nothing was changed, in no table.",
    next: "`dbsync schema A B` shows how to level them; or choose equal tables with `--table`.",
  },
  SYNC_UNSUPPORTED: {
    cause:
      "A table needs a collation, function or module that is not here, or has a row of half a gigabyte.",
    data: "Nothing was changed, in no table.",
    next: "Choose other tables with `--table`.",
  },
  SYNC_MAX_DELETE: {
    cause: "The run would delete more rows than the guard allows.",
    data: "Nothing was changed: the run stopped before it wrote.",
    next: "Look at `dbsync diff A B`; raise `--max-delete` if it is meant.",
  },
  SYNC_MIRROR: {
    cause: "A mirror would overwrite or delete rows of its target, and nobody agreed to that.",
    data: "Nothing was changed: the run stopped before it wrote.",
    next: "`--dry-run` shows what would happen; `--yes` agrees. What is overwritten goes to the ledger.",
  },
  SYNC_LINEAGE: {
    cause: "A side went back to an older state.",
    data: "Nothing was changed: the run stopped before it wrote.",
    next: "Choose `--lineage restored`, `accept` or `forget`.",
  },
  SYNC_VERIFY_FAILED: {
    cause: "What was read back is not what was planned.",
    data: "Everything was rolled back: both databases are as they were.",
    next: "A trigger probably changed the row; report it with the table's schema.",
  },
  SYNC_STATE_DAMAGED: {
    cause: "Our own state of this pair cannot be read.",
    data: "The databases are untouched. What was remembered about them is in doubt: base, inbox and ledger.",
    next: "`--lineage forget` starts the pair anew; no row is deleted by that.",
  },
  SYNC_STATE_IN_SYNCED_FOLDER: {
    cause: "The state folder is itself copied between machines.",
    data: "Nothing was changed.",
    next: "Set SYNC_STATE_DIR to a folder of this machine only.",
  },
  SYNC_CANCELLED: {
    cause: "The run was cancelled.",
    data: "What could be rolled back was: each side is as it was, or has all of the run.",
    next: "Run again when it suits.",
  },
  SYNC_INTERNAL: {
    cause: "An invariant of ours does not hold.",
    data: "What was begun was rolled back: both databases are as they were.",
    next: "Please report it, with the text of the error.",
  },
};

/** Further facts of an error, safe to log: paths, tables, differences; never row contents. */
export type SyncErrorDetails = Readonly<Record<string, unknown>>;

/** The one error class. `message` says what failed and where; `code` is stable; `next` says what to do. */
export class SyncError extends Error {
  override readonly name: string = "SyncError";
  readonly code: SyncErrorCode;
  readonly next: string;
  readonly details: SyncErrorDetails;

  constructor(code: SyncErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next ?? SYNC_ERRORS[code].next;
    this.details = options.details ?? {};
  }
}

/** What an error carries beside code and message. */
export interface SyncErrorOptions {
  readonly cause?: unknown;
  /** Replaces the general advice of the code. */
  readonly next?: string;
  readonly details?: SyncErrorDetails;
}

/** Tells a SyncError, also one that came from another copy of this package. */
export function isSyncError(error: unknown): error is SyncError {
  return error instanceof Error && error.name === "SyncError" && "code" in error && "next" in error;
}
