export { DatabaseSynchronizationEngine } from "./engine/engine.ts";
export type {
  CallOptions,
  EngineOptions,
  LineageChoice,
  Pair,
  RowDiff,
  SyncOptions,
} from "./engine/options.ts";
