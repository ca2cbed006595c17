import { parentPort } from "node:worker_threads";
import { HELPER_STATE } from "./helper-thread.ts";
import type { HelperTask } from "./helper-thread.ts";
import { openImage } from "./image.ts";
import { markPages } from "./mark-pages.ts";
import { COUNTER, pageMarks } from "./page-marks.ts";

// The program of the thread that helps to compare pages. It has files of its own open: nothing is shared
// but the memory for the marks.
parentPort?.once("message", (task: HelperTask) => {
  const marks = pageMarks(task.memory);
  const { waiting, working, done, failed } = HELPER_STATE;
  const { counters } = marks;
  if (Atomics.compareExchange(counters, COUNTER.helper, waiting, working) !== waiting) return;
  const settle = (state: number): void => {
    Atomics.store(counters, COUNTER.helper, state);
    Atomics.notify(counters, COUNTER.helper);
  };
  try {
    help(task, () => settle(done));
  } catch {
    // Why does not matter: the pages are not all compared, and the other thread says so.
    settle(failed);
  }
});

function help({ request, memory }: HelperTask, done: () => void): void {
  const a = openImage(request.a.path, request.a.identity);
  try {
    const b = openImage(request.b.path, request.b.identity);
    try {
      markPages({ a, b }, pageMarks(memory));
      done();
    } finally {
      b.close();
    }
  } finally {
    a.close();
  }
}
