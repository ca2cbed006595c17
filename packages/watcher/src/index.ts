export { SyncWatcher } from "./sync-watcher.ts";
export type { WatchOptions, WatcherOptions } from "./sync-watcher.ts";
export type {
  PairInput,
  PairStatus,
  RunOptions,
  StartedWatch,
  SyncTarget,
  WatchEvent,
  WatchedPair,
} from "./target.ts";
