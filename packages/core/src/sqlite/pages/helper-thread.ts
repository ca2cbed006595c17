import { Worker } from "node:worker_threads";
import { NotKnown } from "./not-known.ts";
import { COUNTER } from "./page-marks.ts";
import type { MarkMemory } from "./page-marks.ts";
import type { ScanRequest } from "./scan-request.ts";

/** A thread that takes its share of the pages, if it is there in time. */
export interface Helper {
  begin(memory: MarkMemory): void;
  /**
   * Waits for what the thread has taken.
   *
   * @throws NotKnown where it could not do it
   */
  finish(memory: MarkMemory): void;
}

/** What the thread does: it goes from waiting to working to one of the others, or is called off while it waits. */
export const HELPER_STATE = { waiting: 0, working: 1, done: 2, failed: 3, calledOff: 4 } as const;

/** What the thread is told. */
export interface HelperTask {
  readonly request: ScanRequest;
  readonly memory: MarkMemory;
}

/** Starts the thread; it needs about a quarter of a process's time for that. */
export function startHelperThread(): (request: ScanRequest) => Helper {
  const worker = new Worker(new URL("./helper.js", import.meta.url));
  worker.unref();
  return (request) => ({
    begin: (memory) => worker.postMessage({ request, memory } satisfies HelperTask),
    finish: ({ counters }) => {
      const states = new Int32Array(counters);
      const { waiting, working, calledOff, failed } = HELPER_STATE;
      Atomics.compareExchange(states, COUNTER.helper, waiting, calledOff);
      Atomics.wait(states, COUNTER.helper, working);
      if (Atomics.load(states, COUNTER.helper) === failed) {
        throw new NotKnown("a thread could not read the files");
      }
    },
  });
}
