import { Worker } from "node:worker_threads";
import { converse } from "./converse.ts";
import type { RemoteCaller } from "./converse.ts";
import type { Call, ToWorker } from "./protocol.ts";
import type { WorkerSettings } from "./worker.ts";

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
    const worker = idle.pop() ?? startWorker({ idleMs: 0 });
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
      const worker = idle.pop() ?? startWorker({ idleMs: 0 });
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

/** A thread with the program of worker.ts. */
export function startWorker(settings: WorkerSettings): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { workerData: settings });
}
