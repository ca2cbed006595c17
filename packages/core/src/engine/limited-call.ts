import type { TableOptions } from "../reconcile/merge.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import type { LedgerLimits } from "../state/retention.ts";
import type { Chosen } from "./chosen-rows.ts";
import { handAsk, keepsBoth } from "./chosen.ts";
import { createOwnFacilities } from "./facilities.ts";
import type { StateCall } from "./open-state.ts";
import { swapOutcome, swapReport } from "./orientation.ts";
import { prepareCall } from "./prepare.ts";
import type { CallHooks } from "./prepare.ts";
import type { RunResult } from "./request.ts";
import { runSync } from "./run.ts";

/** A call that is about chosen rows, as plain data. */
export interface HandCall extends StateCall {
  readonly startedMs: number;
  readonly dryRun: boolean;
  readonly ledger: LedgerLimits;
  readonly tableOptions: readonly TableOptions[];
  readonly references: readonly SoftReference[];
}

/** A limited run: whose rows, under what name it stands in the record, and which of them are both kept. */
export interface LimitedRun {
  readonly policy: string;
  readonly chosen: Chosen;
  readonly keepBoth: Parameters<typeof handAsk>[0];
}

/**
 * An ordinary run, from reading to remembering, that looks at chosen rows only: the same locks, checks
 * and recovery as any other. The result speaks the caller's way.
 */
export async function runLimited(
  call: HandCall,
  hooks: CallHooks,
  { policy, chosen, keepBoth }: LimitedRun,
): Promise<RunResult> {
  const prepared = await prepareCall(
    {
      ...call,
      // What follows a row to its fresh key may be in any table.
      tables: keepsBoth(chosen) ? null : [...new Set(chosen.rows.map(({ table }) => table))],
      // A person names each row: nothing is deleted by mistake of a rule.
      maxDeletePercent: 100,
      create: false,
      lineage: null,
      base: null,
      out: null,
      policy: { name: policy, version: null },
    },
    hooks,
  );
  try {
    const { request, swapped } = prepared;
    const result = await runSync({ ...request, chosen }, handAsk(keepBoth), createOwnFacilities());
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
