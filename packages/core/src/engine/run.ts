import type { ConflictOutcome, ScanReport } from "@sync/model";
import { makeDurable } from "../sqlite/durable.ts";
import { dropPlan } from "../sqlite/plan-tables.ts";
import { SIDES } from "../sqlite/shape.ts";
import { createStateFolder, locateState } from "../state/location.ts";
import { recordPlanned } from "../state/runs.ts";
import { rememberSides } from "../state/sides.ts";
import { adoptAncestor } from "./ancestor.ts";
import { applyPlan, sidesToWrite } from "./apply.ts";
import { hasUnrepeatable } from "./check.ts";
import { checkLineage } from "./check-lineage.ts";
import { blockedTables } from "./clock.ts";
import type { ClockSkew } from "./clock.ts";
import { composePlan, settle } from "./compose.ts";
import { blame } from "./blame.ts";
import { makeAnyDraft, noteChosen, readPicks } from "./chosen.ts";
import type { PickOutcome } from "./chosen-rows.ts";
import { decideConflicts } from "./decide.ts";
import type { Ask } from "./ask.ts";
import type { Decider } from "./decide.ts";
import { isEmptyDraft } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { schemaCookie } from "./facilities.ts";
import type { RunFacilities, Seen } from "./facilities.ts";
import { dropRefused, hasClosedConflicts, remember } from "./finish.ts";
import { refuseSharedPages } from "../state/damage.ts";
import { NO_MARK, chooseMark } from "../sqlite/commit-mark.ts";
import type { Marks } from "../sqlite/commit-mark.ts";
import { notePageHashes } from "./note-pages.ts";
import type { Load } from "./load.ts";
import { openRun } from "./open.ts";
import { idleTables } from "./quiet-tables.ts";
import { refuseReplaced } from "./refuse-replaced.ts";
import type { OpenRun } from "./open.ts";
import { abandon } from "./recover.ts";
import { rememberPages, rememberUntouched, tablesToRemember } from "./remember-pages.ts";
import type { PagesToRemember } from "./remember-pages.ts";
import { readRenumbered, rekeyName } from "./rekey.ts";
import type { RefusedRekeys } from "./rekey.ts";
import type { PageSource } from "../sqlite/pages/page-signer.ts";
import { runReadsPages } from "./scan-choice.ts";
import { countInbox, countTables, readOutcomes, sumConflicts } from "./report.ts";
import type { RunRequest, RunResult } from "./request.ts";
import type { Questions } from "./violations.ts";
import type { Workspace } from "./workspace.ts";

/** After so many looks at rows that keep changing underfoot, they park (DESIGN §7). */
const MAX_ROUNDS = 5;

/** What the rounds of a run end with, before the working tables are dropped. */
type Counted = Pick<RunResult["report"], "tables" | "conflicts" | "renumbered"> & {
  readonly outcomes: readonly ConflictOutcome[];
  readonly clockSkews: readonly ClockSkew[];
  readonly picks: readonly PickOutcome[];
  readonly seen: Seen;
  readonly scan: ScanReport;
};

/** Who decides, and what the run works with. */
interface Helpers {
  readonly ask: Ask;
  readonly facilities: RunFacilities;
}

/** One synchronization from read to done (DESIGN §4, §7): read → reconcile → plan → apply → remember. */
export async function runSync(
  request: RunRequest,
  ask: Ask,
  facilities: RunFacilities,
): Promise<RunResult> {
  const started = performance.now();
  const location = locateState(request.stateDir, request.files.a.path, request.files.b.path);
  if (!request.dryRun) createStateFolder(location);
  const lock = request.dryRun
    ? null
    : await facilities.lock(location, request.settings.busyTimeoutMs);
  try {
    const { a, b } = request.files;
    if (!request.dryRun) rememberSides(location, { a: a.path, b: b.path });
    const open = await openRun(request, location, facilities);
    const { db } = open.space;
    try {
      const counted = await runRounds(open, request, { ask, facilities });
      const result = toResult(open, request, counted, performance.now() - started);
      facilities.keep(db, counted.seen);
      return result;
    } catch (error) {
      facilities.discard(db);
      throw error;
    }
  } catch (error) {
    // Whatever went wrong with a file that is not there any more says nothing about the one that is.
    refuseReplaced(request);
    throw blame(error, { files: [request.files.a, request.files.b], location });
  } finally {
    lock?.release();
  }
}

async function runRounds(
  open: OpenRun,
  request: RunRequest,
  { ask, facilities }: Helpers,
): Promise<Counted> {
  const { space } = open;
  const refused = new Map<string, string>();
  const pages = runReadsPages(request, facilities.pages) ? facilities.pages : null;
  for (let round = 1; ;) {
    const isLast = round === MAX_ROUNDS;
    // Where a load was in vain, somebody was there first or a row is refused: the plan tells which.
    const draft = await makeAnyDraft(space, request, { pages, mayLoad: round === 1 });
    if (round === 1) checkLineage(space, request);
    space.settings.onStep("drafted");
    await decideConflicts(space, draft, { ask, refusal: createRefusal(refused, isLast) });
    const clockSkew = blockedTables(draft.clockSkews);
    // In one direction nothing is decided: a row that cannot be written waits.
    const answers = space.oneWay === null ? ask : null;
    const questions = { ask: answers, clockSkew, asked: new Set<string>() };
    const impossible = await composePlan(space, request, questions);
    for (const [name, reason] of impossible) refused.set(name, reason);
    if (impossible.size > 0) {
      voidPlan(space);
      continue;
    }
    noteChosen(space);
    space.settings.onStep("decided");
    if (request.dryRun) return count(space, draft);
    if (isSettled(open, request)) return dropDraft(space, request, { draft, pages });
    const attempt = await writePlan(space, request, {
      draft,
      questions,
      isLast,
      refused,
      facilities,
      pages,
    });
    if (attempt !== null) return attempt;
    round += 1;
  }
}

/** Rows that others point at cannot be moved while new ones may come that point at them: the next run tries again. */
function createRefusal(refused: RefusedRekeys, isLast: boolean): Decider["refusal"] {
  return (table, keyText) => {
    const reason = refused.get(rekeyName(table, keyText));
    if (reason !== undefined) return { type: "park", reason, cause: null };
    if (!isLast) return null;
    return { type: "park", reason: DISTURBED, cause: "failed" };
  };
}

const DISTURBED = "other programs kept changing the databases during the run";

/** What was noted about a plan that is not carried out is void. */
function voidPlan({ db, run }: Workspace): void {
  db.prepare(`DELETE FROM ${run.schema}.sync_ledger WHERE run = ? AND status = 'pending'`).run(
    run.id,
  );
}

/** Nothing to write, nothing to remember: a second run leaves no trace (DESIGN §3.7). */
function isSettled({ space }: OpenRun, request: RunRequest): boolean {
  const complete = space.shapes.every(({ work }) => work.base !== null || work.baseBag !== null);
  return (
    complete &&
    request.ancestor === null &&
    isEmptyDraft(space) &&
    (request.chosen !== null || (!hasClosedConflicts(space) && !hasNewParked(space)))
  );
}

/** A conflict was parked in this run; it has to be kept. */
function hasNewParked({ db, run }: Workspace): boolean {
  return (
    db.prepare("SELECT 1 FROM state.sync_conflict WHERE run = ? LIMIT 1").get(run.id) !== undefined
  );
}

async function dropDraft(
  space: Workspace,
  request: RunRequest,
  { draft, pages }: Pick<Round, "draft" | "pages">,
): Promise<Counted> {
  const counted = count(space, draft);
  if (pages !== null && request.chosen === null) {
    await rememberUntouched(space, request, { draft, sign: pages.sign });
    await notePageHashes(space, request, { draft, hash: pages.hash });
  }
  for (const shape of space.shapes) dropPlan(space.db, shape);
  dropRefused(space);
  return counted;
}

/** What one round found out, and who is asked further. */
interface Round {
  readonly draft: Draft;
  readonly questions: Questions;
  /** Rows that change underfoot are parked instead of looked at again. */
  readonly isLast: boolean;
  /** Grows with decisions that turn out not to be possible. */
  readonly refused: Map<string, string>;
  readonly facilities: RunFacilities;
  /** `null`: comparing every row is faster, or was asked for. */
  readonly pages: PageSource | null;
}

/**
 * The three durable steps: plan, sides, base.
 *
 * @returns what was done, or `null`: rows changed underfoot, look again
 */
async function writePlan(
  space: Workspace,
  request: RunRequest,
  { draft, questions, isLast, refused, facilities, pages }: Round,
): Promise<Counted | null> {
  refuseReplaced(request);
  await makeDurable(
    space.db,
    SIDES.map(({ side }) => [side, request.files[side].path] as const),
    facilities.syncFiles,
  );
  const { load } = draft;
  let marks = recordPlan(space, request, load);
  space.settings.onStep("planned");
  let written: PagesToRemember["written"] = new Map();
  for (;;) {
    if (sidesToWrite(space, load).length === 0) break;
    const onNothingWritten = (): void => abandon(space);
    const attempt = { draft, lastRound: isLast, marks, onNothingWritten };
    const applied = await applyPlan(space, attempt);
    if (applied.type === "committed") {
      written = applied.pages;
      break;
    }
    if (applied.type === "moved" || applied.type === "unfit") {
      abandon(space);
      return null;
    }
    if (applied.type === "refused") {
      const about = { questions, refused: applied.violations };
      const impossible = await settle(space, request, about);
      for (const [name, reason] of impossible) refused.set(name, reason);
      if (impossible.size > 0) {
        abandon(space);
        return null;
      }
    }
    // The plan is another one now.
    marks = recordPlan(space, request, load);
  }
  // Our own commits were synced as they were made (synchronous = EXTRA).
  space.settings.onStep("durable");
  // What went to a file that is not there any more is not done: the next run recovers it from the plan.
  refuseReplaced(request);
  const counted = count(space, draft);
  const sign = request.chosen === null ? (pages?.sign ?? null) : null;
  const idle = idleTables(space, draft);
  remember(space, sign === null ? [] : tablesToRemember(space, draft), idle, load);
  if (sign !== null) await rememberPages(space, request, { draft, written, sign });
  return counted;
}

/** Step 1: the plan is complete and durable; from here on an interruption is recovered from it. */
function recordPlan(space: Workspace, request: RunRequest, load: Load | null): Marks | null {
  const { db, run, shapes } = space;
  refuseSharedPages(db);
  const marks = chooseMarks(space);
  db.pragma("state.synchronous = EXTRA");
  // Not IMMEDIATE: that would take the write locks of both sides, too (SQLITE_NOTES 4).
  db.exec("BEGIN");
  try {
    if (request.ancestor !== null) adoptAncestor(db, shapes);
    // Of a table that is loaded there is nothing to recover: the next run is its first.
    const planned = shapes.filter((shape) => load?.rows.has(shape) !== true);
    recordPlanned(db, run, { marks, tables: planned.map(({ table }) => table.name) });
    db.exec("COMMIT");
    return marks;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Where rows cannot tell whether they were written, marks will. */
function chooseMarks(space: Workspace): Marks | null {
  if (!hasUnrepeatable(space)) return null;
  const { db, settings } = space;
  const marks = { a: NO_MARK, b: NO_MARK };
  for (const { side } of sidesToWrite(space, null)) {
    marks[side] = chooseMark(schemaCookie(db, side), settings.random);
  }
  return marks;
}

function count(space: Workspace, draft: Draft): Counted {
  const tables = countTables(space, draft);
  return {
    tables,
    conflicts: sumConflicts(tables),
    outcomes: readOutcomes(space),
    renumbered: readRenumbered(space),
    clockSkews: draft.clockSkews,
    picks: readPicks(space),
    seen: draft.seen,
    scan: draft.scan,
  };
}

function toResult(
  open: OpenRun,
  request: RunRequest,
  counted: Counted,
  durationMs: number,
): RunResult {
  const { tables, conflicts, outcomes, renumbered, clockSkews, picks, scan } = counted;
  const parked = request.dryRun ? conflicts.parked : countInbox(open.space);
  const skews = clockSkews.map(({ table, reason }) => `table \`${table}\`: ${reason}`);
  return {
    outcomes,
    clockSkews,
    picks,
    report: {
      schemaVersion: 1,
      command: "sync",
      runId: open.space.run.id,
      dryRun: request.dryRun,
      firstRun: open.firstRun,
      policy: request.policy.name,
      direction: request.direction,
      tables,
      conflicts: { resolved: conflicts.resolved, parked },
      durationMs: Math.round(durationMs),
      renumbered,
      scan,
      notices: [...open.notices, ...skews],
      leftOut: open.leftOut,
    },
  };
}
