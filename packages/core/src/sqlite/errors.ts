import { SyncError, isSyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";

/** SQLite's result codes (rescode.html), by prefix, most specific first. */
const CODES: readonly (readonly [string, SyncErrorCode, string])[] = [
  ["SQLITE_BUSY_RECOVERY", "SYNC_LOCKED", "is being recovered by another process"],
  ["SQLITE_BUSY", "SYNC_LOCKED", "could not be locked: another process holds it"],
  ["SQLITE_LOCKED", "SYNC_LOCKED", "could not be locked"],
  ["SQLITE_NOTADB", "SYNC_NOT_A_DATABASE", "is not an SQLite database, or it is encrypted"],
  ["SQLITE_CORRUPT", "SYNC_CORRUPT", "is damaged"],
  ["SQLITE_FULL", "SYNC_DISK_FULL", "could not be written: the disk is full"],
  ["SQLITE_READONLY_ROLLBACK", "SYNC_NEEDS_RECOVERY", "was left by a crash and needs recovery"],
  ["SQLITE_READONLY_RECOVERY", "SYNC_NEEDS_RECOVERY", "was left by a crash and needs recovery"],
  ["SQLITE_READONLY", "SYNC_PERMISSION", "may not be written"],
  ["SQLITE_CANTOPEN", "SYNC_PERMISSION", "cannot be opened"],
  ["SQLITE_PERM", "SYNC_PERMISSION", "may not be used"],
  ["SQLITE_AUTH", "SYNC_PERMISSION", "may not be used"],
  ["SQLITE_IOERR", "SYNC_IO", "could not be read or written"],
];

/**
 * What SQLite takes at most is set by the driver, to what fits into a string of V8 (SQLITE_LIMIT_LENGTH,
 * https://www.sqlite.org/limits.html); SQLite's own programs take a gigabyte.
 */
const MOST_ROW_BYTES = 2 ** 29;

/** SQLite's code of an error, e.g. `SQLITE_BUSY`; `""` for any other error. */
export function sqliteCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** What SQLite and its modules say of a file that they cannot make sense of, where no code of its own tells. */
const DAMAGE_WORDS = /unsupported file format|invalid fts\d file format|malformed/;

/** SQLite's words for a file that is not what it should be. */
export function isDamageError(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) return true;
  return code === "SQLITE_ERROR" && error instanceof Error && DAMAGE_WORDS.test(error.message);
}

/** Another connection holds a lock: worth another try, with nothing held. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error));
}

/** Node has no name for EDQUOT on every system; libuv passes its number on (Linux: 122). */
function isQuota(error: unknown): boolean {
  return error instanceof Error && "errno" in error && error.errno === -122;
}

/**
 * An error of SQLite or the file system as a SyncError that names the database; a SyncError stays as it is.
 *
 * @param subject - what the work was about, e.g. a path
 */
export function toSyncError(error: unknown, subject: string): SyncError {
  if (isSyncError(error)) return error;
  const code = sqliteCode(error);
  const known = CODES.find(([prefix]) => code.startsWith(prefix));
  if (known !== undefined)
    return new SyncError(known[1], `${subject} ${known[2]}.`, { cause: error });
  if (code.startsWith("SQLITE_NOMEM")) {
    return new SyncError("SYNC_INTERNAL", `${subject}: there is not enough memory.`, {
      cause: error,
      next: "Give it more memory, or end other programs. Nothing is half done: run again.",
    });
  }
  if (code === "SQLITE_TOOBIG") {
    return new SyncError("SYNC_UNSUPPORTED", `${subject}: a row is too large.`, {
      cause: error,
      next: `Rows of up to ${MOST_ROW_BYTES / 2 ** 20} MiB can be synchronized, less some bytes for each column. Choose other tables with \`--table\`, or leave the column out with \`ignore\` in a config.`,
    });
  }
  if (isDamageError(error))
    return new SyncError("SYNC_CORRUPT", `${subject} is damaged.`, { cause: error });
  const system = error instanceof Error && "code" in error ? error.code : "";
  if (system === "ENOSPC" || system === "EDQUOT" || isQuota(error))
    return new SyncError("SYNC_DISK_FULL", `${subject}: the disk is full.`, { cause: error });
  if (system === "EACCES" || system === "EPERM" || system === "EROFS") {
    return new SyncError("SYNC_PERMISSION", `${subject} may not be used.`, { cause: error });
  }
  if (system === "EIO") {
    return new SyncError("SYNC_IO", `${subject} could not be read or written.`, { cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new SyncError("SYNC_INTERNAL", `${subject}: ${text}`, { cause: error });
}
