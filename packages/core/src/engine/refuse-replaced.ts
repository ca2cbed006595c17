import { SyncError } from "@sync/model";
import { fileIdentity } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import { SIDES } from "../sqlite/shape.ts";

/** The files that a run is about. */
export interface RunFiles {
  readonly files: Readonly<Record<"a" | "b", DatabaseFile>>;
  /** Which files they were before they were opened, by `fileIdentity`. */
  readonly identities: Readonly<Record<"a" | "b", string>>;
}

/**
 * Another file took a side's place: what was read and written is not what stands there now.
 *
 * To go on would be worse than in vain. Journals and logs are found by path: a connection to the file that
 * was there takes those of the new one for its own, and what it writes into its log is pages of the old one.
 * So it is asked before each time that a side is locked, and again before anything is committed.
 *
 * @throws SyncError SYNC_LOCKED
 */
export function refuseReplaced({ files, identities }: RunFiles): void {
  for (const { side } of SIDES) {
    const now = fileIdentity(files[side].path);
    if (now === identities[side]) continue;
    const what = now === "" ? "removed" : "replaced by another file";
    throw new SyncError("SYNC_LOCKED", `${files[side].given} was ${what} during the run.`, {
      next: "Run again.",
    });
  }
}
