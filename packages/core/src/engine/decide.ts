import type { Conflict, Decision, Policy } from "@sync/model";
import { resolve } from "../reconcile/resolution.ts";
import { columnNames } from "../sqlite/rows.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import type { Shape } from "../sqlite/shape.ts";
import { readOpenConflicts, saveResolution } from "../state/resolutions.ts";
import type { OpenConflict } from "../state/resolutions.ts";
import { staleDecision } from "../state/lineage.ts";
import type { Workspace } from "./workspace.ts";

/** Conflicts put to the policy at a time: enough to keep threads from talking too much, few enough to hold. */
const BATCH = 500;

/** Puts conflicts to the policy, wherever it runs; one answer for each, in order. Never rejects. */
export type Ask = (conflicts: readonly Conflict[]) => Promise<readonly (Decision | undefined)[]>;

/** Gives every open conflict its resolution. Nothing is locked while the policy thinks. */
export async function decideConflicts(space: Workspace, ask: Ask): Promise<void> {
  for (const shape of space.shapes.filter(isKeyed)) {
    let after = 0;
    for (;;) {
      space.settings.throwIfCancelled();
      const batch = readOpenConflicts(space.db, shape, after, BATCH);
      const last = batch.at(-1);
      if (last === undefined) break;
      after = last.n;
      await decideBatch(space, shape, batch, ask);
    }
  }
}

async function decideBatch(
  space: Workspace,
  shape: Shape,
  batch: readonly OpenConflict[],
  ask: Ask,
): Promise<void> {
  const open = batch.filter(({ stale }) => stale === null);
  const answers = open.length === 0 ? [] : await ask(open.map(({ conflict }) => conflict));
  const decided = new Map(open.map((entry, index) => [entry.n, answers[index]]));
  const columns = columnNames(shape.table);
  space.db.exec("BEGIN");
  try {
    for (const entry of batch) {
      const decision = entry.stale === null ? decided.get(entry.n) : staleDecision(entry.stale);
      const name = entry.stale === null ? space.run.policy : "lineage restored";
      const resolution = resolve(
        { conflict: entry.conflict, columns, sources: entry.sources },
        decision,
        name,
      );
      saveResolution(space.db, shape, space.run, { open: entry, resolution, policy: name });
    }
    space.db.exec("COMMIT");
  } catch (error) {
    space.db.exec("ROLLBACK");
    throw error;
  }
}

/** Asks a policy in this thread. One that throws parks its conflict with the reason. */
export function askHere(policy: Policy, nowMs: number): Ask {
  return async (conflicts) => {
    const answers: (Decision | undefined)[] = [];
    for (const conflict of conflicts) answers.push(await askOne(policy, conflict, nowMs));
    return answers;
  };
}

async function askOne(
  policy: Policy,
  conflict: Conflict,
  nowMs: number,
): Promise<Decision | undefined> {
  try {
    return await policy.decide(conflict, { nowMs });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { type: "park", reason: `${policy.name} failed: ${text}`, cause: "failed" };
  }
}
