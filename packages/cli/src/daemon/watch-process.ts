import type { SyncManager } from "@sync/manager";
import type { Policy } from "@sync/model";
import { SyncWatcher } from "@sync/watcher";
import type { PairStatus, SyncTarget, WatchEvent } from "@sync/watcher";
import type { ControlAnswer, ControlRequest, NamedPair } from "./control.ts";
import { serveControl } from "./control-server.ts";
import { pairReport } from "./pair-report.ts";
import { isSamePair } from "./same-pair.ts";

/** What a watcher of the command line works with. */
export interface WatchProcess {
  readonly manager: SyncManager;
  readonly pairs: readonly NamedPair[];
  /** Takes the place of the pairs' own. */
  readonly policy: Policy | null;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
  /** Watching has begun. */
  readonly onWatching: () => Promise<void>;
  /** It was told to end; `running` pairs are finished first. */
  readonly onStopping: (running: readonly NamedPair[]) => void;
}

// Longer than any transaction that people wait for; what has not begun to write by then is cancelled.
const GRACE_MS = 10_000;

/**
 * Watches until it is told to end, by a signal or over its socket. A run under way is finished; one
 * that takes long is cancelled, which leaves both sides as they were.
 */
export async function watchUntilStopped(work: WatchProcess): Promise<void> {
  const { manager, pairs, policy, signal } = work;
  const cancel = new AbortController();
  const stop = new AbortController();
  const statusOf = (): readonly PairStatus[] => watcher.status();
  const control = await serveControl(manager.settings.stateDir, (request) =>
    answerTo(request, { pairs, watcher, stop }),
  );
  const watcher = new SyncWatcher(targetOf(manager, control.socket), { onEvent: work.onEvent });
  try {
    await watcher.watchPairs(pairs, {
      signal: cancel.signal,
      ...(policy === null ? {} : { policy }),
    });
    await work.onWatching();
    await aborted([signal, stop.signal]);
    work.onStopping(pairs.filter((_, index) => statusOf()[index]?.state === "running"));
    const patience = setTimeout(() => cancel.abort(), GRACE_MS);
    await watcher.close();
    clearTimeout(patience);
  } finally {
    await control.close();
  }
}

/** Others can see the watch, and where it can be reached. */
function targetOf(manager: SyncManager, socket: string): SyncTarget {
  return {
    sync: async (pair, options) => manager.sync(pair, options),
    hasChanged: async (pair) => manager.hasChanged(pair),
    startWatch: (pairs) => manager.startWatch(pairs, { socket }),
  };
}

interface Answering {
  readonly pairs: readonly NamedPair[];
  readonly watcher: SyncWatcher;
  readonly stop: AbortController;
}

function answerTo(request: ControlRequest, { pairs, watcher, stop }: Answering): ControlAnswer {
  switch (request.type) {
    case "status": {
      const reports = watcher.status().flatMap((status, index) => {
        const pair = pairs[index];
        return pair === undefined ? [] : pairReport(pair, status);
      });
      return { type: "status", pairs: reports };
    }
    case "stop":
      stop.abort();
      return { type: "stopping" };
    case "resume": {
      const isWanted = (pair: NamedPair): boolean =>
        request.pairs?.some((one) => isSamePair(one, pair)) ?? true;
      const wanted = pairs.filter((pair) => isWanted(pair));
      watcher.resume((pair) => wanted.some((one) => one.a === pair.a && one.b === pair.b));
      return { type: "resumed", pairs: wanted.length };
    }
  }
}

async function aborted(signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return;
  await new Promise<void>((resolve) => {
    any.addEventListener("abort", () => resolve(), { once: true });
  });
}
