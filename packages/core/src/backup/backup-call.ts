import type { BackupRoot } from "./options.ts";
import type { RestoreCall } from "./restore.ts";
import type { TakeCall } from "./take-backup.ts";

/** A call about backups as it travels to a worker. */
export type BackupCall =
  | { readonly type: "take-backup"; readonly take: TakeCall }
  | { readonly type: "find-backups"; readonly root: BackupRoot; readonly database: string | null }
  | { readonly type: "restore"; readonly restore: RestoreCall };
