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
