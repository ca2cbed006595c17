import { SyncError, keyToText } from "@sync/model";
import type { Conflict, Decision } from "@sync/model";
import { resolveByHand } from "../reconcile/by-hand.ts";
import type { HandDecision, HandQuestion, HandResolution } from "../reconcile/by-hand.ts";
import { CHOSEN, chosenTable, fillChosen, planChosen, plannedChosen } from "../sqlite/chosen.ts";
import { keyMatches } from "../sqlite/expressions.ts";
import { hasGeneratedKey } from "../sqlite/generated-key.ts";
import { createPlan, isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { columnNames } from "../sqlite/rows.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { releaseRows } from "../sqlite/release-outside.ts";
import { keepChosen, noteByHand, readPlannedPicks } from "../state/chosen.ts";
import type { HandNote, PlannedPick } from "../state/chosen.ts";
import { planGiveBack, sortGiveBack } from "../state/give-back.ts";
import { noteOverwritten } from "../state/overwritten.ts";
import type { Chosen, PickOutcome } from "./chosen-rows.ts";
import type { Ask } from "./ask.ts";
import { draftTable, makeDraft } from "./draft.ts";
import type { Draft, DraftWays } from "./draft.ts";
import { readSeen, refuseOtherSchema } from "./versions.ts";
import type { RunRequest } from "./request.ts";
import { scanReportOf } from "./signed-pages.ts";
import type { Workspace } from "./workspace.ts";

/** The draft of a run: of everything, or of the rows that it is limited to. */
export async function makeAnyDraft(
  space: Workspace,
  request: RunRequest,
  ways: DraftWays,
): Promise<Draft> {
  const { chosen } = request;
  return chosen === null ? makeDraft(space, request, ways) : makeChosenDraft(space, chosen);
}

/**
 * The draft of a limited run: reads the chosen rows by their keys and no other, and carries out what was
 * decided about them. What is left open is put to `handAsk`.
 */
function makeChosenDraft(space: Workspace, chosen: Chosen): Draft {
  const { db, shapes } = space;
  db.exec("BEGIN");
  try {
    const versions = readSeen(space);
    refuseOtherSchema(space, versions);
    for (const shape of shapes) draftChosen(space, shape, chosen);
    db.exec("COMMIT");
    const scan = scanReportOf(null, 0);
    return {
      versions,
      seen: versions,
      equalRows: new Map(),
      openRows: new Map(),
      clockSkews: [],
      signed: null,
      areNoted: false,
      withoutNull: new Set(),
      scan,
      load: null,
    };
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function draftChosen(space: Workspace, shape: Shape, chosen: Chosen): void {
  const { db, run } = space;
  const rows = chosen.rows.filter(({ table }) => table === shape.table.name);
  if (rows.length > 0) refuseWithoutBase(shape);
  if (keepsBoth(chosen)) draftAround(space, shape);
  else createPlan(db, shape);
  if (!isKeyed(shape) || shape.work.base === null) return;
  fillChosen(db, shape, rows, chosen.decisions === null ? "TRUE" : "c.status = 'parked'");
  if (chosen.decisions === null) sortGiveBack(db, shape, chosen.force);
  planChosen(db, shape);
  releaseRows(db, shape);
  keepChosen(db, shape, run);
  if (chosen.decisions === null) planGiveBack(db, shape, run);
  else decideByHand(space, shape, chosen.decisions);
}

/** Whether rows may follow one that gets a fresh key: those that its side added or changed, in any table. */
export function keepsBoth({ decisions }: Pick<Chosen, "decisions">): boolean {
  return [...(decisions?.values() ?? [])].some(({ type }) => type === "keep-both");
}

/** Everything that changed, so that what follows is found; conflicts among it are left as they are. */
function draftAround(space: Workspace, shape: Shape): void {
  if (shape.work.base === null && shape.work.baseBag === null) {
    createPlan(space.db, shape);
    return;
  }
  draftTable(space, shape);
  if (isKeyed(shape))
    space.db.exec(
      `UPDATE ${shape.work.plan} SET ${C.outcome} = 'park' WHERE ${C.outcome} = 'open'`,
    );
}

/**
 * Takes all from the plan that was neither chosen nor has to follow a chosen row: it stays as it is on
 * its side, for another run.
 */
export function leaveUnchosen({ db, run, shapes }: Workspace): void {
  if (!run.limited) return;
  for (const shape of shapes) {
    if (isBag(shape)) db.exec(`DELETE FROM ${shape.work.planBag}`);
    if (!isKeyed(shape) || shape.work.base === null) continue;
    db.exec(`DELETE FROM ${shape.work.plan} WHERE ${C.root} IS NULL AND ${C.n} NOT IN (
      SELECT p.${C.n} ${plannedChosen(shape)})`);
  }
}

/** Without a base it is not known what each side did: a run over everything has to find that out first. */
function refuseWithoutBase({ table, work }: Shape): void {
  if (work.base !== null) return;
  throw new SyncError(
    "SYNC_USAGE",
    `What both sides agreed on in table \`${table.name}\` is not known.`,
    {
      next: "Run `dbsync sync` first.",
    },
  );
}

function decideByHand(
  { db, run }: Workspace,
  shape: Shape,
  decisions: ReadonlyMap<number, HandDecision>,
): void {
  for (const pick of readPlannedPicks(db, shape)) {
    const decision = decisions.get(pick.pick);
    if (decision === undefined) continue;
    const resolution = resolveByHand(questionOf(shape, pick), decision);
    if (resolution.type === "keep-both") continue;
    noteByHand(db, shape, run, { pick, note: noteOf(resolution, decision, pick) });
  }
}

function questionOf({ table }: Shape, { didA, didB, sources }: PlannedPick): HandQuestion {
  return {
    columns: columnNames(table),
    key: table.key.map(({ name }) => name),
    sources,
    has: { a: isThere(didA), b: isThere(didB), base: didA !== "+" && didA !== "0" },
    isGeneratedTwice: didA === "+" && didB === "+" && hasGeneratedKey(table),
  };
}

function isThere(did: string): boolean {
  return did !== "-" && did !== "0";
}

function noteOf(
  resolution: Exclude<HandResolution, { type: "keep-both" }>,
  decision: HandDecision,
  { sources }: PlannedPick,
): HandNote {
  const note = { outcome: "resolve" as const, gone: false, sources, written: null };
  switch (resolution.type) {
    case "refused":
      return { ...note, outcome: "park", winner: null, reason: resolution.reason };
    case "gone":
      return { ...note, gone: true, winner: resolution.winner, reason: REASONS[decision.type] };
    case "row":
      return { ...note, ...resolution, outcome: "resolve", reason: REASONS[decision.type] };
  }
}

/** What is overwritten by the decisions goes to the ledger, once it is known what will stand in its place. */
export function noteChosen({ db, run, shapes }: Workspace): void {
  if (!run.limited) return;
  db.transaction(() => {
    for (const shape of keyedWithBase(shapes)) noteOverwritten(db, shape, run);
  })();
}

/** Without the names of sides: which is a and which is b depends on who asks. */
const REASONS: Readonly<Record<HandDecision["type"], string>> = {
  take: "decided by hand",
  set: "decided by hand, with values typed in",
  delete: "decided by hand: the row is deleted",
  "keep-both": "decided by hand: both rows are kept",
};

/**
 * Answers what is put to a policy in a limited run: rows of which both are to be kept. What would break
 * a constraint is not decided for a person who did not know of it.
 *
 * @param keepBoth - the decision for a conflict, where that is one
 */
export function handAsk(keepBoth: (conflict: Conflict) => Decision | undefined): Ask {
  return async (conflicts) =>
    conflicts.map((conflict) => keepBoth(conflict) ?? { type: "park", reason: refusal(conflict) });
}

/** The run adds which constraint it is. */
function refusal({ constraint }: Conflict): string {
  const rival = constraint?.rival ?? null;
  return rival === null
    ? "nothing was decided about it"
    : `${rival.table} ${keyToText(rival.key)} is in the way`;
}

/** What became of chosen rows, before their plan is dropped; those that are not open any more are not among them. */
export function readPicks({ db, run, shapes }: Workspace): PickOutcome[] {
  if (!run.limited) return [];
  return keyedWithBase(shapes).flatMap((shape) => {
    const rows = db
      .prepare(
        `SELECT c.${CHOSEN.pick} AS pick, c.${CHOSEN.status} AS status, p.${C.outcome} AS outcome, k.reason
         FROM ${chosenTable(shape)} AS c LEFT JOIN ${shape.work.plan} AS p ON ${keyMatches(shape.table, "p", "c")}
         LEFT JOIN ${run.schema}.sync_conflict AS k ON k.id = p.${C.conflict}`,
      )
      .all() as PickRow[];
    return rows.map(outcomeOf);
  });
}

/** The tables that chosen rows can be of. */
function keyedWithBase(shapes: readonly Shape[]): Shape[] {
  return shapes.filter((shape) => isKeyed(shape) && shape.work.base !== null);
}

interface PickRow {
  readonly pick: number;
  readonly status: "already" | "moved" | "renumbered" | "decided" | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

function outcomeOf({ pick, status, outcome, reason }: PickRow): PickOutcome {
  if (status === "already")
    return { pick, outcome: "already", reason: "both sides hold it already" };
  if (status === "renumbered")
    return { pick, outcome: "refused", reason: "both rows were kept, so that nothing was lost" };
  if (status === "moved")
    return { pick, outcome: "moved", reason: "the row was changed again since" };
  if (outcome === "filtered")
    return {
      pick,
      outcome: "refused",
      reason: "the row is outside the filter of its table on a side",
    };
  return {
    pick,
    outcome: outcome === "park" || outcome === null ? "refused" : "done",
    reason: reason ?? "",
  };
}
