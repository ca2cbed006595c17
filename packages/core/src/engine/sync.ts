import type { Ask } from "./ask.ts";
import { createOwnFacilities } from "./facilities.ts";
import type { RunFacilities } from "./facilities.ts";
import { swapAsk, swapOutcome, swapReport } from "./orientation.ts";
import { prepareCall } from "./prepare.ts";
import type { CallHooks, SyncCall } from "./prepare.ts";
import type { RunResult } from "./request.ts";
import { runSync } from "./run.ts";

/** One `sync` call in this thread, from the caller's view of a and b to the caller's view of the result. */
export async function callSync(
  call: SyncCall,
  hooks: CallHooks,
  ask: Ask,
  facilities: RunFacilities = createOwnFacilities(),
): Promise<RunResult> {
  const prepared = await prepareCall(call, hooks);
  try {
    const { request, swapped } = prepared;
    const result = await runSync(request, swapped ? swapAsk(ask) : ask, facilities);
    if (!call.dryRun) prepared.finish();
    if (!swapped) return result;
    return {
      ...result,
      report: swapReport(result.report),
      outcomes: result.outcomes.map(swapOutcome),
    };
  } finally {
    prepared.cleanUp();
  }
}
