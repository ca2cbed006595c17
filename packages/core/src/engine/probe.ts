import { isSyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";
import { openAlone } from "../sqlite/connection.ts";
import { toSyncError } from "../sqlite/errors.ts";
import { findDatabase } from "../sqlite/files.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { findUnsupported } from "../sqlite/schema/unsupported.ts";

/** What one look into a database tells about syncing it. */
export type DatabaseProbe =
  | {
      readonly type: "opened";
      /** `wal`, `delete`, … */
      readonly journalMode: string;
      readonly sqlite: string;
      /** Tables that cannot be synced here, and why. */
      readonly unsupported: readonly { readonly table: string; readonly reason: string }[];
    }
  | {
      readonly type: "failed";
      readonly code: SyncErrorCode;
      readonly message: string;
      readonly next: string;
    };

/** Opens a database for reading, looks at its schema, and closes it. Never throws, never writes a row. */
export function probeDatabase(path: string, busyTimeoutMs = 0): DatabaseProbe {
  try {
    const file = findDatabase(path, { write: false });
    const db = openAlone(file, { readonly: true, busyTimeoutMs });
    try {
      const { tables, leftOut } = readSchema(db, "main");
      const missing = tables.flatMap((table) => findUnsupported(db, "main", table) ?? []);
      const unsupported = [...leftOut, ...missing]
        .filter(({ severity }) => severity === "unsupported")
        .map(({ table, reason }) => ({ table, reason }));
      const journalMode = String(db.pragma("journal_mode", { simple: true }));
      const sqlite = String(db.prepare("SELECT sqlite_version()").pluck().get());
      return { type: "opened", journalMode, sqlite, unsupported };
    } finally {
      db.close();
    }
  } catch (error) {
    const known = isSyncError(error) ? error : toSyncError(error, path);
    return { type: "failed", code: known.code, message: known.message, next: known.next };
  }
}
