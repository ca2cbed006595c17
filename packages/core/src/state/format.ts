import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";

/** Rises when a state of an older version could be misread. */
export const FORMAT = 1;

/** @throws SyncError SYNC_STATE_DAMAGED for a state that another version of this program wrote */
export function refuseOtherFormat(db: Database.Database): void {
  const isNew =
    db.prepare("SELECT 1 FROM state.sqlite_schema WHERE name = 'sync_meta'").get() === undefined;
  if (isNew) return;
  const format = db
    .prepare("SELECT value FROM state.sync_meta WHERE name = 'format'")
    .pluck()
    .get() as number | undefined;
  if (format === undefined || format === FORMAT) return;
  throw new SyncError(
    "SYNC_STATE_DAMAGED",
    `The state has format ${format}; this version reads format ${FORMAT}.`,
    { next: "Run the version of dbsync that was used last." },
  );
}
