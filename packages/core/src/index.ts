export { DatabaseSynchronizationEngine } from "./engine/engine.ts";
export type { EngineOptions } from "./engine/engine-options.ts";
export type {
  CallOptions,
  ChangedOptions,
  DiffCallOptions,
  LedgerOptions,
  LineageChoice,
  Pair,
  RealtimeOptions,
  ResolveOptions,
  ScanChoice,
  SyncOptions,
  UndoOptions,
} from "./engine/options.ts";
export type { DatabaseRow, RowDiff } from "@sync/model";
export type { TableOptions } from "./reconcile/merge.ts";
export { swapViewOptions } from "./sqlite/projection/view-options.ts";
export type { BySide, RowFilter, TableMap, ViewOptions } from "./sqlite/projection/view-options.ts";
export type { SoftReference } from "./sqlite/rekey/key-references.ts";
export type { HandDecision, TakeFrom } from "./reconcile/by-hand.ts";
export type { InboxColumn, InboxConflict, InboxEntry } from "./engine/inbox.ts";
export type { LedgerLimits } from "./state/retention.ts";
export type { Obstacle } from "./state/inbox.ts";
export { copiedFolder } from "./state/location.ts";
export { defaultStateRoot } from "./state/state-root.ts";
export type { LedgerEntry, LedgerPage } from "./engine/ledger.ts";
export type { ByHand, HandOutcome, ResolveReport } from "./engine/resolve.ts";
export type { UndoOutcome, UndoReport, UndoTarget } from "./engine/undo.ts";
export { claimWatch, listWatchers, watcherOf } from "./state/watch-registry.ts";
export type { ClaimOptions, WatchClaim, WatchedPair, WatcherInfo } from "./state/watch-registry.ts";
export { DatabaseBackups } from "./backup/database-backups.ts";
export type { BackupSettings } from "./backup/database-backups.ts";
export type { BackupKind, Manifest } from "./backup/manifest.ts";
export type {
  BackupCallOptions,
  BackupList,
  BackupReport,
  BackupRoot,
  FoundBackup,
  RestoreFrom,
  RestoreReport,
  RestoredPair,
  RetentionLimits,
  TakeOptions,
} from "./backup/options.ts";
export type { RebasedTable } from "./state/rebase.ts";
export type { StateMark } from "./state/epoch.ts";
