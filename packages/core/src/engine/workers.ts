import { Worker } from "node:worker_threads";
import type { Conflict, Decision, Progress, RowDiff } from "@sync/model";
import { SyncError } from "@sync/model";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import { fromPlainError } from "./protocol.ts";
import type { Call, FromWorker, ToWorker } from "./protocol.ts";

/** What the caller's thread does for a call that runs elsewhere. */
export interface RemoteCaller {
  readonly signal: AbortSignal | null;
  readonly onProgress: (progress: Progress) => void;
  ask(conflicts: readonly Conflict[]): Promise<readonly (Decision | undefined)[]>;
  readonly scanPages: ScanPages;
  give(items: readonly (RowDiff | string)[]): Promise<void>;
}

/** Threads that carry out calls; one call at a time each. */
export interface Workers {
  perform(call: Call, caller: RemoteCaller): Promise<unknown>;
  /** Starts a thread for a comparison that is going to be called. */
  prepareDiff(): void;
  /** Waits for running calls, then ends the threads. Idempotent. */
  close(): Promise<void>;
}

/** Idle threads are kept for the next call; they do not keep the process alive. */
export function createWorkers(): Workers {
  const idle: Worker[] = [];
  const running = new Set<Promise<unknown>>();
  const perform = async (call: Call, caller: RemoteCaller): Promise<unknown> => {
    const worker = idle.pop() ?? startWorker();
    worker.ref();
    try {
      const result = await converse(worker, call, caller);
      worker.unref();
      idle.push(worker);
      return result;
    } catch (error) {
      // What state the thread is in after a failure is not worth guessing.
      await worker.terminate();
      throw error;
    }
  };
  return {
    perform: async (call, caller) => {
      const work = perform(call, caller);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    prepareDiff: () => {
      const worker = idle.pop() ?? startWorker();
      worker.postMessage({ type: "prepare" } satisfies ToWorker);
      worker.unref();
      idle.push(worker);
    },
    close: async () => {
      await Promise.allSettled(running);
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
    },
  };
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.js", import.meta.url));
}

/** One call: messages back and forth until the worker is done. */
async function converse(worker: Worker, call: Call, caller: RemoteCaller): Promise<unknown> {
  const cancelled = new SharedArrayBuffer(4);
  const cancel = (): void => void Atomics.store(new Int32Array(cancelled), 0, 1);
  const send = (message: ToWorker): void => worker.postMessage(message);
  if (caller.signal?.aborted === true) cancel();
  caller.signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      worker.removeAllListeners();
      worker.once("error", (cause) =>
        reject(new SyncError("SYNC_INTERNAL", `The worker failed: ${String(cause)}`, { cause })),
      );
      worker.once("exit", () =>
        reject(new SyncError("SYNC_INTERNAL", "The worker ended before its work was done.")),
      );
      worker.on("message", (message: FromWorker) => {
        switch (message.type) {
          case "progress":
            caller.onProgress(message.progress);
            return;
          case "ask":
            caller
              .ask(message.conflicts)
              .then((answers) => send({ type: "answers", answers }), reject);
            return;
          case "scan":
            caller
              .scanPages(message.request)
              .then((answer) => send({ type: "scanned", answer }), reject);
            return;
          case "items":
            caller.give(message.items).then(() => send({ type: "more" }), reject);
            return;
          case "done":
            resolve(message.result);
            return;
          case "failed":
            reject(fromPlainError(message.error));
        }
      });
      send({ type: "call", call, cancelled });
    });
  } finally {
    caller.signal?.removeEventListener("abort", cancel);
    worker.removeAllListeners();
  }
}
