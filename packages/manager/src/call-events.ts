import { resolve } from "node:path";
import { isSyncError } from "@sync/model";
import type { EventLevel, EventName, SyncError, SyncEvent } from "@sync/model";
import type { PairSettings } from "./config/settings.ts";
import { isPassing } from "./retry.ts";

/** The events of one call on a pair: the engine's, and those of trying again. Never throws. */
export interface CallEvents {
  /** For the engine. */
  readonly onEvent: (event: SyncEvent) => void;
  readonly onRetry: (error: SyncError, attempt: number) => void;
  /** The call gave up: tells what was not told yet. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Adds to each event which pair it is about, by name and by paths that mean the same from everywhere.
 *
 * An attempt that will be made again is no error yet: its `sync_error` is kept back, and told only when
 * the call gives up. A call that fails as the one before it did is no news: what it tells is of the level
 * `debug` then.
 *
 * @param failing - the code that the call before this one failed with; `null`: it did not
 * @param emit - what it throws is swallowed: a listener must not stop a synchronization
 */
export function createCallEvents(
  pair: PairSettings,
  { now, failing }: { readonly now: () => number; readonly failing: string | null },
  emit: (event: SyncEvent) => void,
): CallEvents {
  const about = {
    ...(pair.name === null ? {} : { pair: pair.name }),
    a: resolve(pair.a),
    b: resolve(pair.b),
  };
  let isTold = false;
  /** Whether this start is news is known when its end is. */
  let start: SyncEvent | null = null;
  const tell = (event: SyncEvent): void => {
    try {
      emit({ ...event, fields: { ...event.fields, ...about } });
    } catch {
      // The log does not throw; this was the caller's listener.
    }
  };
  const tellWithStart = (event: SyncEvent): void => {
    const isOldNews = failing !== null && event.fields["code"] === failing;
    const held = start;
    start = null;
    for (const one of held === null ? [event] : [held, event]) {
      tell(isOldNews ? { ...one, level: "debug" } : one);
    }
  };
  const tellOwn = (event: EventName, level: EventLevel, fields: SyncEvent["fields"]): void =>
    tellWithStart({ event, level, timeMs: now(), fields });
  return {
    onEvent: (event) => {
      if (event.event === "sync_start" && failing !== null) {
        start = event;
        return;
      }
      if (event.event === "sync_error" && isPassing(event.fields["code"])) return;
      isTold ||= event.event === "sync_error";
      tellWithStart(event);
    },
    onRetry: ({ code, message }, attempt) =>
      tellOwn("sync_retry", "warn", { code, message, attempt }),
    onFailure: (error) => {
      if (isTold) return;
      const code = isSyncError(error) ? error.code : "SYNC_INTERNAL";
      const message = error instanceof Error ? error.message : String(error);
      tellOwn("sync_error", "error", { code, message });
    },
  };
}
