import { Worker } from "node:worker_threads";
import { converse } from "./converse.ts";
import type { RemoteCaller } from "./converse.ts";
import type { Call, ToWorker, Work } from "./protocol.ts";
import type { WorkerSettings } from "./worker.ts";

/** Threads that carry out calls; one call at a time each. */
export interface Workers {
  /** Makes a call in a thread that is free, or in a new one. */
  readonly perform: (call: Call, caller: RemoteCaller) => Promise<unknown>;
  /** Starts a thread for a call that is going to be made, and has it load what that needs. */
  readonly prepare: (work: Work) => void;
  /** Waits for running calls, then ends the threads. Idempotent. */
  readonly close: () => Promise<void>;
}

/** Idle threads are kept for the next call; they do not keep the process alive. */
export function createWorkers(): Workers {
  const idle: Worker[] = [];
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
  const prepare = (work: Work): void => {
    const worker = idle.pop() ?? startWorker({ idleMs: 0 });
    worker.postMessage({ type: "prepare", work } satisfies ToWorker);
    worker.unref();
    idle.push(worker);
  };
  const end = async (): Promise<void> => {
    await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
  };
  return waitingForCalls({ perform, prepare, close: end });
}

/** The same threads for one of several users, whose `close` waits for its own calls and leaves the threads to their owner. */
export function borrowWorkers(workers: Workers): Workers {
  return waitingForCalls({ ...workers, close: () => Promise.resolve() });
}

function waitingForCalls({ perform, prepare, close }: Workers): Workers {
  const running = new Set<Promise<unknown>>();
  return {
    prepare,
    perform: async (call, caller) => {
      const work = perform(call, caller);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    close: async () => {
      await Promise.allSettled(running);
      await close();
    },
  };
}

/** A thread with the program of worker.ts. */
export function startWorker(settings: WorkerSettings): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), { workerData: settings });
}
