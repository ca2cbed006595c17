import { keyToText } from "@sync/model";
import type { Conflict } from "@sync/model";
import { resolve } from "../reconcile/resolution.ts";
import type { Resolution } from "../reconcile/resolution.ts";
import { columnNames } from "../sqlite/rows.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import type { Shape } from "../sqlite/shape.ts";
import { readOpenConflicts } from "../state/open-conflicts.ts";
import type { OpenConflict } from "../state/open-conflicts.ts";
import { createResolutionWriter } from "../state/resolutions.ts";
import { staleDecision } from "../state/lineage.ts";
import type { Ask } from "./ask.ts";
import { blockedTables } from "./clock.ts";
import type { Draft } from "./draft.ts";
import type { Workspace } from "./workspace.ts";

/** Conflicts put to the policy at a time: enough to keep threads from talking too much, few enough to hold. */
const BATCH = 500;

/** Who decides, and what turned out not to be possible. */
export interface Decider {
  readonly ask: Ask;
  /** Why a row cannot be kept under a fresh key in this run, as a park; `null` where it may be. */
  readonly refusal: (
    table: string,
    keyText: string,
  ) => Extract<Resolution, { type: "park" }> | null;
}

/** Gives every open conflict its resolution. Nothing is locked while the policy thinks. */
export async function decideConflicts(
  space: Workspace,
  draft: Draft,
  { ask, refusal }: Decider,
): Promise<void> {
  const blocked = blockedTables(draft.clockSkews);
  for (const shape of space.shapes.filter(isKeyed)) {
    const clockSkew = blocked.get(shape.table.name) ?? null;
    const pace = createPace(space, shape, draft.openRows.get(shape.table.name) ?? 0);
    for (let after = 0; ;) {
      space.settings.throwIfCancelled();
      const batch = readOpenConflicts(space.db, shape, { after, limit: BATCH, clockSkew });
      const last = batch.at(-1);
      if (last === undefined) break;
      after = last.n;
      await decideBatch(space, shape, batch, { ask, refusal });
      pace(batch.length);
    }
  }
}

function createPace({ settings }: Workspace, shape: Shape, total: number): (more: number) => void {
  let done = 0;
  return (more) => {
    done += more;
    settings.onProgress({ phase: "reconcile", table: shape.table.name, done, total });
  };
}

async function decideBatch(
  space: Workspace,
  shape: Shape,
  batch: readonly OpenConflict[],
  { ask, refusal }: Decider,
): Promise<void> {
  const open = batch.filter(({ stale }) => stale === null);
  const answers = open.length === 0 ? [] : await ask(open.map(({ conflict }) => conflict));
  const decided = new Map(open.map((entry, index) => [entry.n, answers[index]]));
  const columns = columnNames(shape.table);
  space.db.exec("BEGIN");
  try {
    const write = createResolutionWriter(space.db, shape, space.run);
    for (const entry of batch) {
      const decision = entry.stale === null ? decided.get(entry.n) : staleDecision(entry.stale);
      const policy = entry.stale === null ? space.run.policy : "lineage restored";
      const { conflict, sources } = entry;
      const resolution = resolve({ conflict, columns, sources }, decision, policy);
      write({ open: entry, resolution: unlessRefused(resolution, conflict, refusal), policy });
    }
    space.db.exec("COMMIT");
  } catch (error) {
    if (space.db.inTransaction) space.db.exec("ROLLBACK");
    throw error;
  }
}

function unlessRefused(
  resolution: Resolution,
  { table, key }: Conflict,
  refusal: Decider["refusal"],
): Resolution {
  if (resolution.type !== "row" || resolution.rekey === null) return resolution;
  return refusal(table, keyToText(key)) ?? resolution;
}
