import { resolve as resolvePath } from "node:path";
import type { DiffReport, RowDiff } from "@sync/model";
import type { RemoteCaller } from "./converse.ts";
import { createCaller } from "./create-caller.ts";
import { streamItems } from "./item-stream.ts";
import type { CallOptions, DiffCallOptions, Pair } from "./options.ts";
import type { DiffCall, Item, ReadCall } from "./protocol.ts";
import { choosesPages } from "./scan-choice.ts";
import type { Workers } from "./workers.ts";

/** Compares two databases, and writes nothing. */
export interface Comparer {
  /** How they differ, table by table. */
  readonly diff: (pair: Pair, options?: DiffCallOptions) => Promise<DiffReport>;
  /** Every row that differs, by table and key. Memory does not grow with their number. */
  readonly diffRows: (pair: Pair, options?: DiffCallOptions) => AsyncIterable<RowDiff>;
  /** Lines of SQL that turn a copy of `a` into `b`, for any SQLite shell. */
  readonly diffPatch: (pair: Pair, options?: DiffCallOptions) => AsyncIterable<string>;
}

/** How long to wait for another process's lock, unless somebody says otherwise. */
export const BUSY_TIMEOUT_MS = 5000;

type Perform = (
  call: DiffCall,
  options: CallOptions,
  more: Partial<RemoteCaller>,
) => Promise<unknown>;

/** Makes comparisons out of calls. */
export function comparerOver(perform: Perform, busyTimeoutMs: number = BUSY_TIMEOUT_MS): Comparer {
  const items = (type: DiffCall["type"], pair: Pair, options: DiffCallOptions) =>
    streamItems<Item>(
      (give, signal) =>
        perform(diffCall(type, pair, { options, busyTimeoutMs }), { ...options, signal }, { give }),
      options.signal,
    );
  return {
    // The worker returns what diffDatabases returned.
    diff: async (pair, options = {}) =>
      (await perform(
        diffCall("diff", pair, { options, busyTimeoutMs }),
        options,
        {},
      )) as DiffReport,
    // A call of this type gives rows only.
    diffRows: (pair, options = {}) => items("diff-rows", pair, options) as AsyncIterable<RowDiff>,
    // A call of this type gives lines only.
    diffPatch: (pair, options = {}) => items("diff-patch", pair, options) as AsyncIterable<string>,
  };
}

/**
 * Compares in threads that are there already, without the rest of the engine: that takes longer to load than a
 * large pair to read. The threads must read pages themselves.
 */
export function createComparer(workers: Workers): Comparer {
  return comparerOver((call, options, more) => workers.perform(call, createCaller(options, more)));
}

/** Starts a thread for a comparison of this pair, and has it load what that will need. */
export function prepareComparison(workers: Workers, pair: Pair): void {
  workers.prepare(choosesPages(pair, "auto") ? "diff-pages" : "diff");
}

/** Starts a thread for a run of this pair, and has it load what that will need. */
export function prepareRun(workers: Workers, pair: Pair): void {
  workers.prepare(choosesPages(pair, "auto") ? "sync-pages" : "sync");
}

function diffCall(
  type: DiffCall["type"],
  given: Pair,
  about: { readonly options: DiffCallOptions; readonly busyTimeoutMs: number },
): DiffCall {
  const pair = absolute(given);
  const scansPages = choosesPages(pair, about.options.scan ?? "auto");
  return { type, pair, read: { ...readCall(about.options, about.busyTimeoutMs), scansPages } };
}

/** What reading takes from a caller's options. */
export function readCall(options: CallOptions, busyTimeoutMs: number): ReadCall {
  const { tables = null, view = {} } = options;
  return { tables, view, busyTimeoutMs, scansPages: false };
}

/** A worker shares our working directory only until somebody changes it. */
export function absolute(pair: Pair): Pair {
  return { a: resolvePath(pair.a), b: resolvePath(pair.b) };
}
