export { DatabaseSynchronizationEngine } from "./engine/engine.ts";
export type {
  CallOptions,
  DiffCallOptions,
  EngineOptions,
  LineageChoice,
  Pair,
  RowDiff,
  ScanChoice,
  SyncOptions,
} from "./engine/options.ts";
export type { TableOptions } from "./reconcile/merge.ts";
export type { SoftReference } from "./sqlite/rekey/key-references.ts";
