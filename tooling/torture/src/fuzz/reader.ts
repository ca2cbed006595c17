import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError } from "@sync/model";
import { keepProcesses } from "../kept/kept-processes.ts";
import { NOW_MS } from "../run/synchronize.ts";
import { performCall } from "./perform-call.ts";
import type { Answer, Question } from "./question.ts";

/** A process that does to damaged files what it is asked to; when it dies of them, the harness lives on. */
if (process.argv[2] === "kept") keepProcesses();
process.on("message", (message) => {
  // Questions are what the harness wrote, in the same version.
  void answer(message as Question).then((given) => process.send?.(given));
});

async function answer(question: Question): Promise<Answer> {
  const engine = new DatabaseSynchronizationEngine({
    worker: false,
    stateDir: question.stateDir,
    now: () => NOW_MS,
  });
  try {
    await performCall(engine, question);
    return { type: "done" };
  } catch (error) {
    if (isSyncError(error)) return { type: "stopped", code: error.code, message: error.message };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { type: "exception", message };
  } finally {
    await engine.close();
  }
}
