import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { SyncError } from "@sync/model";
import type { Direction } from "@sync/model";
import type { Ask } from "../src/engine/ask.ts";
import { askHere } from "../src/engine/ask.ts";
import type { CallHooks, SyncCall } from "../src/engine/prepare.ts";
import type { RunResult } from "../src/engine/request.ts";
import { STEPS } from "../src/engine/steps.ts";
import type { Step } from "../src/engine/steps.ts";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { dumpRows } from "./databases.ts";
import {
  TABLE_KINDS,
  applyPageEdits,
  buildWorkload,
  openAsUser,
  pageEdits,
} from "./page-workload.ts";
import type { PageEdit, PageWorkload } from "./page-workload.ts";
import { PREFER_A, policyOf } from "./sync-pair.ts";

const POLICIES = {
  "prefer-a": PREFER_A,
  manual: policyOf(() => ({ type: "park", reason: "a person decides" })),
};

/** What happens to a pair between two runs, and how the second one is called. */
export interface Round {
  readonly a: readonly PageEdit[];
  readonly b: readonly PageEdit[];
  /** Somebody edits side a while the run has it read. */
  readonly during: readonly PageEdit[];
  /** Somebody edits side b once the run has decided what to do. */
  readonly late: readonly PageEdit[];
  readonly policy: keyof typeof POLICIES;
  readonly direction: Direction;
  readonly dryRun: boolean;
  /** Something goes wrong when the run gets there; the next one finishes what it began. */
  readonly stopAt: Step | null;
  /** Side a takes back what it held before the last run. */
  readonly putBack: boolean;
  /** The users close their databases before the run. */
  readonly isAlone: boolean;
  /** The pair comes to rest before the edits. */
  readonly rests: boolean;
}

const seldom = fc.oneof(
  { arbitrary: fc.constant(false), weight: 7 },
  { arbitrary: fc.constant(true), weight: 1 },
);

const seldomEdits = fc.oneof(
  { arbitrary: fc.constant<PageEdit[]>([]), weight: 4 },
  { arbitrary: pageEdits, weight: 1 },
);

/** Rounds of one history, with what only a followed pair can meet left out where it is told so. */
export const pageRounds: fc.Arbitrary<Round[]> = fc.array(
  fc.record({
    a: pageEdits,
    b: pageEdits,
    during: seldomEdits,
    late: seldomEdits,
    // Twice, or some twenty histories park next to nothing.
    policy: fc.constantFrom<(keyof typeof POLICIES)[]>("prefer-a", "manual", "manual"),
    direction: fc.oneof(
      { arbitrary: fc.constant<Direction>("two-way"), weight: 4 },
      { arbitrary: fc.constantFrom<Direction[]>("a-to-b", "b-to-a", "mirror"), weight: 1 },
    ),
    dryRun: seldom,
    putBack: seldom,
    stopAt: fc.oneof(
      { arbitrary: fc.constant<Step | null>(null), weight: 6 },
      { arbitrary: fc.constantFrom<(Step | null)[]>(...STEPS), weight: 1 },
    ),
    isAlone: fc.boolean(),
    rests: seldom,
  }),
  { minLength: 2, maxLength: 5, size: "max" },
);

/** What became of a run. */
export interface Played {
  readonly result: RunResult | null;
  /** What a run said, less what differs from run to run. */
  readonly outcome: unknown;
}

/** How a twin is synchronized, and what its users do otherwise than others. */
export interface TwinOptions {
  readonly scan: "pages" | "full";
  readonly run: (call: SyncCall, hooks: CallHooks, ask: Ask) => Promise<RunResult>;
  /** Users keep their databases open over runs, and edit during them; nobody puts another file in place. */
  readonly isHeld?: boolean;
  /** Called before the edits of a round. */
  readonly rest?: () => Promise<void>;
  /** Takes what is to happen while the pages are asked about; else it happens before. */
  readonly setDuring?: (during: () => void) => void;
}

/** A pair that is played a history. */
export interface Twin {
  readonly a: string;
  readonly b: string;
  play(round: Round): Promise<Played>;
  dump(): unknown;
  /** The users leave. */
  close(): void;
}

export function createTwin(
  folder: string,
  work: PageWorkload,
  options: (pair: { readonly a: string; readonly b: string }) => TwinOptions,
): Twin {
  mkdirSync(folder);
  const built = buildWorkload(work, folder);
  built.close();
  const { scan, run, isHeld = false, rest, setDuring } = options(built);
  const copy = join(folder, "copy.db");
  copyFileSync(built.a, copy);
  let wasStopped = false;
  const users = new Map<"a" | "b", ReturnType<typeof openAsUser>>();
  const close = (): void => {
    for (const db of users.values()) db.close();
    users.clear();
  };
  const edit = (side: "a" | "b", edits: readonly PageEdit[]): void => {
    const db = users.get(side) ?? openAsUser(built[side], work.journals[side]);
    users.set(side, db);
    applyPageEdits(db, work, edits);
    if (!isHeld) close();
  };
  return {
    a: built.a,
    b: built.b,
    close,
    dump: () => [dumpRows(built.a), dumpRows(built.b)],
    play: async (round) => {
      if (round.rests) await rest?.();
      if (!isHeld && round.putBack) copyFileSync(copy, built.a);
      else if (!isHeld) copyFileSync(built.a, copy);
      edit("a", round.a);
      edit("b", round.b);
      if (isHeld && round.isAlone) close();
      // A reader keeps writers waiting in rollback mode, and a schema that moves stops a run.
      const rows = round.during.filter(({ kind }) => kind !== "vacuum" && kind !== "reindex");
      const during = (): void => edit("a", rows);
      // What was interrupted is settled before anything is asked: it must find the same in both twins.
      const isAsked =
        work.journals.a === "wal" && hasReadablePages(work) && !work.isFiltered && !wasStopped;
      if (setDuring === undefined || !isAsked) during();
      else setDuring(during);
      const late = (): void => edit("b", round.late);
      const view = work.isFiltered ? FILTERED : {};
      const played = await runOnce(built, join(folder, "state"), { round, scan, run, late, view });
      wasStopped = played.result === null;
      return played;
    },
  };
}

/** Keys in UTF-16 are not read from pages. */
function hasReadablePages({ encoding, tables }: PageWorkload): boolean {
  const isRowidTable = (kind: number): boolean => TABLE_KINDS[kind]?.includes("WITHOUT") !== true;
  return encoding === "UTF-8" || tables.some(isRowidTable);
}

interface Run extends Pick<TwinOptions, "scan" | "run"> {
  readonly round: Round;
  readonly late: () => void;
  readonly view: ViewOptions;
}

/** A table with a filter is not read by pages, and its rows outside are left as they are. */
const FILTERED: ViewOptions = { where: { t0: "w % 5 <> 0" } };

async function runOnce(
  { a, b }: { readonly a: string; readonly b: string },
  stateDir: string,
  { round, scan, run, late, view }: Run,
): Promise<Played> {
  const policy = POLICIES[round.policy];
  const call: SyncCall = {
    pair: { a, b },
    stateDir,
    tables: null,
    view,
    dryRun: round.dryRun,
    maxDeletePercent: 100,
    create: false,
    lineage: "accept",
    base: null,
    out: null,
    direction: round.direction,
    confirmed: true,
    busyTimeoutMs: 1000,
    policy: { name: policy.name, version: null },
    startedMs: 0,
    scan,
  };
  let isLate = false;
  const hooks = {
    onProgress: () => undefined,
    throwIfCancelled: () => undefined,
    onStep: (step: Step) => {
      if (step === round.stopAt) throw new SyncError("SYNC_CANCELLED", step);
      if (step !== "decided" || isLate) return;
      isLate = true;
      late();
    },
  };
  try {
    const result = await run(call, hooks, askHere(policy, 0));
    const { tables, conflicts } = result.report;
    // The order in which rows are found is not the same.
    const outcomes = result.outcomes.map((outcome) => inspect(outcome, { depth: null })).toSorted();
    return { result, outcome: { tables, conflicts, outcomes } };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined) throw error;
    return { result: null, outcome: code };
  }
}
