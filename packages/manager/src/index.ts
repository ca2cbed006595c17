export { SyncManager } from "./sync-manager.ts";
export type {
  ListEventsOptions,
  ManagerOptions,
  ManagerResolveOptions,
  ManagerSyncOptions,
  ManagerUndoOptions,
  StartWatchOptions,
} from "./options.ts";
export type { NotedWatch } from "./note-watch.ts";
export { findPair } from "./pair-lookup.ts";
export type { PairRef } from "./pair-lookup.ts";
export { configValues, defineConfig, loadConfig } from "./config/index.ts";
export type {
  BackupConfig,
  BackupSettings,
  ConfigValue,
  Layer,
  LoadConfigOptions,
  LoadedConfig,
  LoadedLayer,
  LogConfig,
  LogSettings,
  PairConfig,
  PairSettings,
  PolicyChoice,
  Settings,
  SyncConfig,
} from "./config/index.ts";
