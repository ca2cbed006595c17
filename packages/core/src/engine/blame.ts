import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";
import { isDamageError, toSyncError } from "../sqlite/errors.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import { isStateDamaged } from "../state/damage.ts";
import type { StateLocation } from "../state/location.ts";

/** What a piece of work was about, to say whose fault a failure is. */
export interface Suspects {
  readonly files: readonly DatabaseFile[];
  /** `null`: nothing that is remembered was read. */
  readonly location: StateLocation | null;
}

/** What may be the fault of another file than the one that it was said of. */
const VAGUE: ReadonlySet<SyncErrorCode> = new Set([
  "SYNC_INTERNAL",
  "SYNC_CORRUPT",
  "SYNC_NOT_A_DATABASE",
]);

/**
 * An error of any kind as a SyncError that blames the right file. Damage shows in many ways: SQLite may say
 * so, or an index may not lead to its row so that we find what cannot be. Whatever has no other explanation
 * is therefore looked into; that reads whole files, but only where something failed already.
 */
export function blame(error: unknown, { files, location }: Suspects): SyncError {
  const subject = files.map(({ given }) => given).join(" and ");
  const known = toSyncError(error, subject);
  if (!VAGUE.has(known.code)) return known;
  if (location !== null && (lacksOwnTable(error) || isWholeStateDamaged(location))) {
    return new SyncError(
      "SYNC_STATE_DAMAGED",
      `The state of this pair in ${location.folder} is damaged.`,
      { cause: error },
    );
  }
  if (known.code === "SYNC_NOT_A_DATABASE") return known;
  const damaged = files.find(({ path }) => isDamaged(path));
  if (damaged === undefined) return known;
  return new SyncError("SYNC_CORRUPT", `${damaged.given} is damaged.`, {
    cause: error,
    next: `\`dbsync validate\` of it shows where; restore a backup.`,
  });
}

/** SQLite finds nothing wrong with a name that some bytes have changed. */
function lacksOwnTable(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("no such table: state.");
}

function isWholeStateDamaged({ stateFile }: StateLocation): boolean {
  try {
    return existsSync(stateFile) && isStateDamaged(stateFile);
  } catch {
    // What cannot be looked into says nothing.
    return false;
  }
}

/** Also where an index does not say what its table says. */
function isDamaged(path: string): boolean {
  if (!existsSync(path)) return false;
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true });
    return db.pragma("integrity_check(1)", { simple: true }) !== "ok";
  } catch (error) {
    // What cannot be looked into says nothing.
    return isDamageError(error);
  } finally {
    db?.close();
  }
}
