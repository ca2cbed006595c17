import type { Conflict, Decision, Progress } from "@sync/model";
import { SyncError } from "@sync/model";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import type { DiffOptions } from "./compare.ts";
import { diffDatabases, diffPatch, diffRows } from "./diff.ts";
import { listConflicts, showConflict } from "./inbox.ts";
import { listLedger } from "./ledger.ts";
import type { CallOptions, RowDiff } from "./options.ts";
import type { Call, ReadCall } from "./protocol.ts";
import { callResolve } from "./resolve.ts";
import { callSync } from "./sync.ts";
import { callUndo } from "./undo.ts";
import { validateDatabases } from "./validate.ts";

/** How a call talks to its caller, in this thread or over a message port. */
export interface Caller {
  readonly isCancelled: () => boolean;
  readonly onProgress: (progress: Progress) => void;
  ask(conflicts: readonly Conflict[]): Promise<readonly (Decision | undefined)[]>;
  /** Has the pages of two databases read, in a process without SQLite. */
  readonly scanPages: ScanPages;
  /** Hands over some items and waits until more are wanted. */
  give(items: readonly (RowDiff | string)[]): Promise<void>;
}

/** Items handed over at a time. */
const CHUNK = 256;

/** Carries a call out. The result is what the engine's method of that name returns. */
export async function perform(call: Call, caller: Caller): Promise<unknown> {
  const hooks = {
    onProgress: caller.onProgress,
    throwIfCancelled: () => throwIfCancelled(caller),
    onStep: () => undefined,
  };
  switch (call.type) {
    case "sync":
      return callSync(call.sync, hooks, (conflicts) => caller.ask(conflicts));
    case "conflicts":
      return listConflicts(call.state, call.query);
    case "conflict":
      return showConflict(call.state, call.id);
    case "ledger":
      return listLedger(call.state, call.query);
    case "resolve":
      return callResolve(call.hand, hooks, call.decisions);
    case "undo":
      return callUndo(call.hand, hooks, call.target, call.wish);
    case "diff":
      return diffDatabases(call.pair, diffOptions(call.read, hooks, caller));
    case "diff-rows":
      return giveAll(diffRows(call.pair, diffOptions(call.read, hooks, caller)), caller);
    case "diff-patch":
      return giveAll(diffPatch(call.pair, diffOptions(call.read, hooks, caller)), caller);
    case "validate":
      return validateDatabases(call.databases, readOptions(call.read, hooks));
  }
}

function throwIfCancelled(caller: Caller): void {
  if (caller.isCancelled())
    throw new SyncError("SYNC_CANCELLED", "The run was cancelled; nothing was changed.");
}

async function giveAll(items: AsyncIterable<RowDiff | string>, caller: Caller): Promise<void> {
  let chunk: (RowDiff | string)[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    throwIfCancelled(caller);
    await caller.give(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await caller.give(chunk);
}

/**
 * Reading calls are told of cancelling by a signal; here nobody can fire one while SQLite works, so
 * that every step of progress looks whether the caller gave up.
 */
function readOptions(
  read: ReadCall,
  hooks: Pick<Caller, "onProgress"> & { throwIfCancelled(): void },
): CallOptions & { busyTimeoutMs: number } {
  return {
    busyTimeoutMs: read.busyTimeoutMs,
    ...(read.tables === null ? {} : { tables: read.tables }),
    onProgress: (progress) => {
      hooks.throwIfCancelled();
      hooks.onProgress(progress);
    },
  };
}

function diffOptions(
  read: ReadCall,
  hooks: Pick<Caller, "onProgress"> & { throwIfCancelled(): void },
  { scanPages }: Caller,
): DiffOptions {
  return { ...readOptions(read, hooks), ...(read.scansPages ? { scanPages } : {}) };
}
