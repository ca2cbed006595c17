import type { Conflict, Decision, Progress } from "@sync/model";
import { SyncError } from "@sync/model";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import type { LazySigner } from "../sqlite/pages/page-signer.ts";
import type { CallOptions } from "./options.ts";
import type { Item, ReadCall } from "./protocol.ts";

/** How a call talks to its caller, in this thread or over a message port. */
export interface Caller {
  readonly isCancelled: () => boolean;
  readonly onProgress: (progress: Progress) => void;
  ask(conflicts: readonly Conflict[]): Promise<readonly (Decision | undefined)[]>;
  /** Has the pages of two databases read, in a process without SQLite. */
  readonly scanPages: ScanPages;
  /** A process that will be asked about pages by a run, if it was started already. */
  readonly signer?: LazySigner | null;
  /** Hands over some items and waits until more are wanted. */
  give(items: readonly Item[]): Promise<void>;
}

/** @throws SyncError SYNC_CANCELLED once the caller gave up */
export function throwIfCancelled(caller: Pick<Caller, "isCancelled">): void {
  if (caller.isCancelled())
    throw new SyncError("SYNC_CANCELLED", "The run was cancelled; nothing was changed.");
}

/**
 * Reading calls are told of cancelling by a signal; here nobody can fire one while SQLite works, so
 * that every step of progress looks whether the caller gave up.
 */
export function readOptions(
  read: ReadCall,
  caller: Pick<Caller, "isCancelled" | "onProgress">,
): CallOptions & { busyTimeoutMs: number } {
  return {
    busyTimeoutMs: read.busyTimeoutMs,
    ...(read.tables === null ? {} : { tables: read.tables }),
    view: read.view,
    onProgress: (progress) => {
      throwIfCancelled(caller);
      caller.onProgress(progress);
    },
  };
}
