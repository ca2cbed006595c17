import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { fileIdentity } from "../sqlite/files.ts";
import { SIDES } from "../sqlite/shape.ts";
import { carryRestore } from "../state/carry-restore.ts";
import { clearRestoreNote, judgeRestore, readRestoreNote } from "../state/restored.ts";
import type { RunRequest } from "./request.ts";

/**
 * Ends what an interrupted restore began: where it took effect, the base is told so; where it did not,
 * its note goes. Where somebody changed the schema since, that cannot be seen, and a person has to say.
 *
 * @throws SyncError SYNC_LINEAGE
 */
export function endInterruptedRestores(db: Database.Database, request: RunRequest): void {
  for (const { side } of SIDES) {
    const note = readRestoreNote(db, side);
    if (note === null) continue;
    const { path, given } = request.files[side];
    const cookie = db.pragma(`${side}.schema_version`, { simple: true }) as number;
    const judged = judgeRestore(note, { cookie, identity: fileIdentity(path) });
    if (judged === "done") carryRestore(db, side, note);
    else if (judged === "not-done" || request.lineage !== null) clearRestoreNote(db, side);
    else throw undecided(given);
  }
}

/** A dry run cannot tell the base anything. */
export function refuseInterruptedRestores(db: Database.Database, { files }: RunRequest): void {
  const side = SIDES.find((one) => readRestoreNote(db, one.side) !== null)?.side;
  if (side === undefined) return;
  throw new SyncError(
    "SYNC_LINEAGE",
    `A restore of ${files[side].given} was interrupted, so that it is not known yet what a run would do.`,
    { next: "Restore again, or run without --dry-run: that finds out first." },
  );
}

function undecided(given: string): SyncError {
  return new SyncError(
    "SYNC_LINEAGE",
    `A restore of ${given} was interrupted, and its schema was changed since: it cannot be told whether the restore took effect.`,
    {
      next: "Restore again. Or say what holds: --lineage restored if the backup was put back, --lineage accept if not, --lineage forget to start anew without deleting anything.",
    },
  );
}
