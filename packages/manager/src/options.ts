import type { EngineOptions, ResolveOptions, SyncOptions, UndoOptions } from "@sync/core";
import type { Policy, SyncEvent } from "@sync/model";
import type { LogHook, ReadLogOptions } from "@sync/logging";
import type { RuleUse } from "@sync/resolvers";
import type { LoadedConfig } from "./config/load-config.ts";
import type { SyncConfig } from "./config/sync-config.ts";
import type { PairRef } from "./pair-lookup.ts";

/** Settings of a manager. */
export interface ManagerOptions {
  /** What `loadConfig` found, or a config as an object, with paths relative to the working directory. */
  readonly config?: SyncConfig | LoadedConfig;
  /** Hears each event that is logged, without secrets; its failures become `log_hook_error`. */
  readonly logHook?: LogHook;
  /** Hears every event as it is. */
  readonly onEvent?: (event: SyncEvent) => void;
  /** Hears once that the log cannot be written. Default: a line on stderr. */
  readonly warn?: (message: string) => void;
  /** Run in a worker thread. Default `true`. */
  readonly worker?: boolean;
  /** Threads of `@sync/core/workers` that are there already. Whoever started them closes them. */
  readonly workers?: EngineOptions["workers"];
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** One synchronization; what is left out comes from the pair's settings. */
export interface ManagerSyncOptions extends Omit<SyncOptions, "policy" | "onEvent"> {
  /** A policy, or its name; it takes the place of the pair's policy and rules. */
  readonly policy?: RuleUse | Policy;
}

/** How to carry out what a person decided; the manager hears the events itself. */
export type ManagerResolveOptions = Omit<ResolveOptions, "onEvent">;
/** How to give back what lost; the manager hears the events itself. */
export type ManagerUndoOptions = Omit<UndoOptions, "onEvent">;

/** How a watcher can be reached. */
export interface StartWatchOptions {
  /** Where it takes commands. Without it only its owner can stop it. */
  readonly socket?: string;
}

/** Which entries of the log. */
export interface ListEventsOptions extends Omit<ReadLogOptions, "file" | "pair"> {
  readonly pair?: PairRef;
}
