export { SyncManager } from "./sync-manager.ts";
export type {
  ListEventsOptions,
  ManagerOptions,
  ManagerResolveOptions,
  ManagerSyncOptions,
  ManagerUndoOptions,
} from "./options.ts";
export { findPair } from "./pair-lookup.ts";
export type { PairRef } from "./pair-lookup.ts";
export { defineConfig } from "./config/sync-config.ts";
export type { LogConfig, PairConfig, SyncConfig } from "./config/sync-config.ts";
export { loadConfig } from "./config/load-config.ts";
export type { LoadConfigOptions, LoadedConfig, LoadedLayer } from "./config/load-config.ts";
export { configValues } from "./config/config-values.ts";
export type { ConfigValue } from "./config/config-values.ts";
export type {
  Layer,
  LogSettings,
  PairSettings,
  PolicyChoice,
  Settings,
} from "./config/settings.ts";
