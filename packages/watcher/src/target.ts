import type { Policy, SyncError, SyncReport } from "@sync/model";

/** A pair to watch. */
export interface WatchedPair {
  readonly a: string;
  readonly b: string;
}

/** Two databases, or a pair as an object; what else that one holds comes back in every event. */
export type PairInput = readonly [string, string] | WatchedPair;

/** What one run is asked for. */
export interface RunOptions {
  readonly policy?: string | Policy;
  readonly signal?: AbortSignal;
}

/** Whatever synchronizes: the `SyncManager` of `@sync/manager`, the engine of `@sync/core`, your own. */
export interface SyncTarget {
  /** Never called for one pair, nor for two that share a database, while another such call runs. */
  sync(pair: WatchedPair, options?: RunOptions): Promise<SyncReport>;
  /**
   * Whether anything was committed to the pair since its last run, that run's own writes left out. A
   * "yes" that is wrong costs a run, a wrong "no" an edit. Without it, each change of a file is a run.
   */
  hasChanged?(pair: WatchedPair): Promise<boolean> | boolean;
  /** Hears which pairs are watched from now on, and may refuse. Its `end` is called when they are no more. */
  startWatch?(pairs: readonly WatchedPair[]): Promise<StartedWatch> | StartedWatch;
}

/** A watch that was made known to others; `end` takes the note back. */
export interface StartedWatch {
  /** It is over; calling it again does nothing. */
  end(): Promise<void> | void;
}

/** What a watcher tells. */
export type WatchEvent =
  /** Watching has begun. */
  | { readonly type: "watching"; readonly pairs: readonly WatchedPair[] }
  /** A run ended well, whether it found something to do or not. */
  | { readonly type: "run"; readonly pair: WatchedPair; readonly report: SyncReport }
  /** A pair began to fail, or fails for another reason now; told once, however often it is tried. */
  | {
      readonly type: "failed";
      readonly pair: WatchedPair;
      readonly error: SyncError;
      /** The next try; `null` where the pair waits for a change or a person. */
      readonly retryMs: number | null;
    }
  /** A run of a pair that had failed ended well. */
  | { readonly type: "recovered"; readonly pair: WatchedPair }
  /** Nothing is watched any more. */
  | { readonly type: "stopped" };

/** How a pair is doing. */
export interface PairStatus {
  readonly pair: WatchedPair;
  /** `due`: something was heard, and its run begins soon. `backing-off`: tried again at `retryMs`. `paused`: see `error`. */
  readonly state: "idle" | "due" | "running" | "backing-off" | "paused";
  /** The last run that ended well, and when. */
  readonly lastRun: { readonly endedMs: number; readonly report: SyncReport } | null;
  /** Since when something waits to be synchronized; `null` where nothing was heard of. */
  readonly waitingSinceMs: number | null;
  readonly retryMs: number | null;
  /** Why the last try failed; `null` where it did not. */
  readonly error: SyncError | null;
}
