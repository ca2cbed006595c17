import type { DatabaseSynchronizationEngine } from "@sync/core";
import { POLICIES } from "../policies.ts";
import type { Question } from "./question.ts";

/** Calls the product once, as the question says. */
export async function performCall(
  engine: DatabaseSynchronizationEngine,
  { call, files, ...question }: Omit<Question, "stateDir">,
): Promise<void> {
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
    case "sync by pages":
      await engine.sync(files, { ...given, lineage: "accept", scan: "pages" });
      return;
    case "sync, forgetting":
      await engine.sync(files, { ...given, lineage: "forget" });
      return;
  }
}
