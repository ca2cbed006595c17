// What reading a config needs, without the engine's and the log's own weight: `@sync/manager/config`.
export { defineConfig } from "./sync-config.ts";
export type { BackupConfig, LogConfig, PairConfig, SyncConfig } from "./sync-config.ts";
export { loadConfig } from "./load-config.ts";
export type { LoadConfigOptions, LoadedConfig, LoadedLayer } from "./load-config.ts";
export { configValues } from "./config-values.ts";
export type { ConfigValue } from "./config-values.ts";
export { CONFIG_NAMES } from "./config-file.ts";
export type {
  BackupSettings,
  Layer,
  LogSettings,
  PairSettings,
  PolicyChoice,
  Settings,
} from "./settings.ts";
