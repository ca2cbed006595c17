import { resolve } from "node:path";
import { claimWatch } from "@sync/core";
import type { ClaimOptions } from "@sync/core";
import type { SyncEvent } from "@sync/model";
import type { PairSettings } from "./config/settings.ts";
import type { WatchedPairs } from "./watched-pairs.ts";

/** A watch that others can see and the log knows of. */
export interface NotedWatch {
  /** Tells the log, and lets the pairs go. Idempotent. */
  end(): void;
}

export interface NoteWatchOptions extends Omit<ClaimOptions, "startedMs"> {
  readonly now: () => number;
  /** Where it is remembered how the pairs do. */
  readonly watched: WatchedPairs;
  readonly emit: (event: SyncEvent) => void;
}

/**
 * Claims the pairs for this process, with a `watch_start` for each of them now and a `watch_stop` at
 * the end. A process that is killed leaves no `watch_stop`.
 *
 * @throws SyncError SYNC_WATCHED where another process watches one of them
 */
export function noteWatch(
  pairs: readonly PairSettings[],
  { stateDir, socket, now, watched, emit }: NoteWatchOptions,
): NotedWatch {
  const claim = claimWatch(pairs, { stateDir, socket, startedMs: now() });
  const tell = (event: "watch_start" | "watch_stop"): void => {
    for (const { name, a, b } of pairs) {
      const about = { ...(name === null ? {} : { pair: name }), a: resolve(a), b: resolve(b) };
      emit({ event, level: "info", timeMs: now(), fields: about });
    }
  };
  tell("watch_start");
  watched.begin(pairs);
  let isNoted = true;
  return {
    end: () => {
      if (!isNoted) return;
      isNoted = false;
      watched.end(pairs);
      tell("watch_stop");
      claim.release();
    },
  };
}
