import { Worker } from "node:worker_threads";
import { converse } from "./converse.ts";
import type { RemoteCaller } from "./converse.ts";
import type { Call, ToWorker, Work } from "./protocol.ts";
import type { WorkerSettings } from "./worker.ts";

/** Threads that carry out calls; one call at a time each. */
export interface Workers {
  /** Makes a call in a thread that is free, or in a new one. */
  readonly perform: (call: Call, caller: RemoteCaller) => Promise<unknown>;
  /** Threads read pages themselves: nobody needs to start a process for it. */
  readonly readsPages: boolean;
  /** Starts a thread for a call that is going to be made, and has it load what that needs. */
  readonly prepare: (work: Work) => void;
  /** Waits for running calls, then ends the threads. Idempotent. */
  readonly close: () => Promise<void>;
}

/** What a program says of itself. */
export interface WorkersOptions {
  /**
   * In this process nobody but this package opens databases: their files may be read beside SQLite's connections, and
   * stay open until the process ends. Saves starting a process for that. Default: false.
   */
  readonly ownsProcess?: boolean;
}

/** Idle threads are kept for the next call; they do not keep the process alive. */
export function createWorkers({ ownsProcess = false }: WorkersOptions = {}): Workers {
  const settings: WorkerSettings = { idleMs: 0, readsPages: ownsProcess };
  const idle: Worker[] = [];
  const perform = async (call: Call, caller: RemoteCaller): Promise<unknown> => {
    const worker = idle.pop() ?? startWorker(settings);
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
    const worker = idle.pop() ?? startWorker(settings);
    worker.postMessage({ type: "prepare", work } satisfies ToWorker);
    worker.unref();
    idle.push(worker);
  };
  const end = async (): Promise<void> => {
    await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
  };
  return waitingForCalls({ perform, prepare, readsPages: ownsProcess, close: end });
}

/** The same threads for one of several users, whose `close` waits for its own calls and leaves the threads to their owner. */
export function borrowWorkers(workers: Workers): Workers {
  return waitingForCalls({ ...workers, close: () => Promise.resolve() });
}

function waitingForCalls({ perform, prepare, readsPages, close }: Workers): Workers {
  const running = new Set<Promise<unknown>>();
  return {
    prepare,
    readsPages,
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
  return new Worker(new URL("./worker.js", import.meta.url), {
    workerData: settings,
    // What it reads stays open: closing it would drop SQLite's locks.
    trackUnmanagedFds: !settings.readsPages,
  });
}
