import type { Progress } from "@sync/model";
import type { BackupKind, Manifest } from "./manifest.ts";
import type { RebasedTable } from "../state/rebase.ts";

/** Where backups are kept. */
export interface BackupRoot {
  readonly path: string;
  /** Named by the user: then it must be there. Else it is ours, and is made. */
  readonly isChosen: boolean;
}

/** How many backups of one database are kept. */
export interface RetentionLimits {
  /** Of each kind, sound ones; the newest. */
  readonly maxCount: number;
  /** Older ones go; `null`: age does not matter. */
  readonly maxAgeDays: number | null;
}

/** What every call about backups may take. */
export interface BackupCallOptions {
  readonly signal?: AbortSignal;
  /** Hears how far the call is, some times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface TakeOptions extends BackupCallOptions {
  readonly kind?: Exclude<BackupKind, "replaced">;
}

/** Which backup to put back: the newest one, or this file. */
export type RestoreFrom =
  | { readonly type: "latest" }
  | { readonly type: "file"; readonly path: string };

/** One backup as it was found. */
export interface FoundBackup {
  readonly path: string;
  /** `null`: the manifest is missing or is none of ours, so that it does not count. */
  readonly manifest: Manifest | null;
  /** What is wrong with it; empty: it is sound, and just as it was written. */
  readonly problems: readonly string[];
}

/** The backups of one database, the newest first. */
export interface BackupList {
  readonly database: string;
  readonly folder: string;
  readonly backups: readonly FoundBackup[];
}

/** What `dbsync backup --json` prints. Additive only. */
export interface BackupReport {
  readonly schemaVersion: 1;
  readonly command: "backup";
  readonly database: string;
  readonly backup: string;
  readonly root: string;
  readonly manifest: Manifest;
  /** Backups that went because newer ones are there. */
  readonly removed: readonly string[];
  readonly durationMs: number;
}

/** What a restore meant for a pair that the database belongs to. */
export interface RestoredPair {
  readonly a: string;
  readonly b: string;
  readonly side: "a" | "b";
  readonly tables: readonly RebasedTable[];
}

/** What `dbsync restore --json` prints. Additive only. */
export interface RestoreReport {
  readonly schemaVersion: 1;
  readonly command: "restore";
  readonly database: string;
  readonly from: string;
  /** `null`: not a backup of ours, so that only its integrity was checked. */
  readonly manifest: Manifest | null;
  /** What the database held before; `null`: there was none. */
  readonly replaced: string | null;
  /** `in-place`: written into the file; `new-file`: another file took its place. */
  readonly how: "in-place" | "new-file";
  /** Files of SQLite's that belonged to the file that was replaced. */
  readonly setAside: readonly string[];
  readonly pairs: readonly RestoredPair[];
  readonly notices: readonly string[];
  readonly durationMs: number;
}

/** What the work reports to, in this thread. */
export interface BackupHooks {
  readonly onProgress: (progress: Progress) => void;
  readonly throwIfCancelled: () => void;
  /** Called at every numbered step; crash tests kill the process here. */
  readonly onStep: (step: BackupStep) => void;
}

/** The steps at which a backup or a restore can be interrupted, in their order. */
export const BACKUP_STEPS = [
  "copying",
  "copied",
  "named",
  "described",
  "kept",
  "noted",
  "writing",
  "written",
  "told",
] as const;

export type BackupStep = (typeof BACKUP_STEPS)[number];
