import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError } from "@sync/model";
import { POLICIES } from "../policies.ts";
import { NOW_MS } from "../run/synchronize.ts";
import type { Answer, Question } from "./question.ts";

/** A process that does to damaged files what it is asked to; when it dies of them, the harness lives on. */
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
    await perform(engine, question);
    return { type: "done" };
  } catch (error) {
    if (isSyncError(error)) return { type: "stopped", code: error.code, message: error.message };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { type: "exception", message };
  } finally {
    await engine.close();
  }
}

async function perform(engine: DatabaseSynchronizationEngine, question: Question): Promise<void> {
  const { call, files } = question;
  const policy = POLICIES[question.policy].product();
  const given = { policy, maxDeletePercent: 100 };
  switch (call) {
    case "diff":
      await engine.diff(files, { scan: "full" });
      return;
    case "diff by pages":
      await engine.diff(files, { scan: "pages" });
      return;
    case "patch":
      for await (const line of engine.diffPatch(files)) void line;
      return;
    case "validate":
      await engine.validate([files.a, files.b]);
      return;
    case "inbox":
      await engine.conflicts(files);
      return;
    case "ledger":
      await engine.ledger(files);
      return;
    case "dry run":
      await engine.sync(files, { ...given, lineage: "accept", dryRun: true });
      return;
    case "sync":
      await engine.sync(files, { ...given, lineage: "accept" });
      return;
    case "sync, forgetting":
      await engine.sync(files, { ...given, lineage: "forget" });
      return;
  }
}
