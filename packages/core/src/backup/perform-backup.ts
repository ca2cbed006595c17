import { throwIfCancelled } from "../engine/caller.ts";
import type { Caller } from "../engine/caller.ts";
import { findBackups } from "./find-backups.ts";
import type { BackupCall } from "./backup-call.ts";
import type { BackupHooks } from "./options.ts";
import { restoreDatabase } from "./restore.ts";
import { takeBackup } from "./take-backup.ts";

/** Carries a call about backups out. The result is what the method of `DatabaseBackups` returns. */
export async function performBackup(call: BackupCall, caller: Caller): Promise<unknown> {
  const hooks: BackupHooks = {
    onProgress: caller.onProgress,
    throwIfCancelled: () => throwIfCancelled(caller),
    onStep: () => undefined,
  };
  switch (call.type) {
    case "take-backup":
      return takeBackup(call.take, hooks);
    case "find-backups":
      return findBackups(call.root, call.database, hooks);
    case "restore":
      return restoreDatabase(call.restore, hooks);
  }
}
