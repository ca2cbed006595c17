import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SyncError } from "@sync/model";
import type { Direction } from "@sync/model";
import { askHere } from "../src/engine/ask.ts";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import type { SyncCall } from "../src/engine/prepare.ts";
import type { RunResult } from "../src/engine/request.ts";
import { STEPS } from "../src/engine/steps.ts";
import type { Step } from "../src/engine/steps.ts";
import { callSync } from "../src/engine/sync.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { SignAnswer, SignRequest, TableSigned } from "../src/sqlite/pages/sign.ts";
import { PREFER_A, policyOf } from "./sync-pair.ts";
import { dumpRows, temporaryFolder } from "./databases.ts";
import {
  applyPageEdits,
  buildWorkload,
  openAsUser,
  pageEdits,
  pageWorkloads,
} from "./page-workload.ts";
import type { PageEdit, PageWorkload } from "./page-workload.ts";

/** More in a night: `SIGNED_RUNS=2000`. */
const HISTORIES = Number(process.env["SIGNED_RUNS"] ?? 20);

const hash = await loadPageHash();

/** In this process, which is not for anybody with locks to lose: here nobody else is. */
function facilitiesHere(): RunFacilities {
  return {
    ...createOwnFacilities(),
    expectPages: () => undefined,
    signPages: async (requests) =>
      requests.map((request) => {
        const answer = signDatabase(request, hash);
        if (request.written !== null) expectSameAsWhole(request, answer);
        return answer;
      }),
  };
}

/** What is signed by the pages that a run wrote is what reading all pages gives. */
function expectSameAsWhole(request: SignRequest, answer: SignAnswer): void {
  const whole = signDatabase({ ...request, written: null }, hash);
  if (answer.type === "not-known" || whole.type === "not-known") {
    expect(answer.type).toBe(whole.type);
    return;
  }
  for (const [place, table] of answer.tables.entries()) {
    const wanted = whole.tables[place];
    if (wanted?.type !== "signed") continue;
    if (table.type === "signed-again") signedAgain++;
    expect(unitsOf(table)).toEqual(unitsOf(wanted));
  }
}

function unitsOf(table: TableSigned): unknown {
  return table.type === "not-known" ? table : { signature: table.signature, leaves: table.leaves };
}

let signedAgain = 0;

const POLICIES = {
  "prefer-a": PREFER_A,
  manual: policyOf(() => ({ type: "park", reason: "a person decides" })),
};

/** What happens to a pair between two runs, and how the second one is called. */
interface Round {
  readonly a: readonly PageEdit[];
  readonly b: readonly PageEdit[];
  readonly policy: keyof typeof POLICIES;
  readonly direction: Direction;
  readonly dryRun: boolean;
  /** Something goes wrong when the run gets there; the next one finishes what it began. */
  readonly stopAt: Step | null;
  /** Side a takes back what it held before the last run. */
  readonly putBack: boolean;
}

const seldom = fc.oneof(
  { arbitrary: fc.constant(false), weight: 7 },
  { arbitrary: fc.constant(true), weight: 1 },
);

const rounds = fc.array(
  fc.record({
    a: pageEdits,
    b: pageEdits,
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
  }),
  { minLength: 2, maxLength: 5, size: "max" },
);

test(
  "runs that go by remembered pages do what runs do that compare every row",
  { timeout: 60_000 + 10_000 * HISTORIES },
  async () => {
    const seen = { runs: 0, byPages: 0, copied: 0, parked: 0, held: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, rounds, async (given, history) => {
        const folder = temporaryFolder();
        const work = { ...given, addColumn: false, repackB: false };
        const pages = createTwin(join(folder, "pages"), work);
        const full = createTwin(join(folder, "full"), work);
        for (const round of history) {
          const [one, other] = [await pages.play(round, "pages"), await full.play(round, "full")];
          expect(one.outcome).toEqual(other.outcome);
          expect(pages.dump()).toEqual(full.dump());
          seen.runs++;
          if (one.result === null) continue;
          if (one.result.report.scan.method === "pages") seen.byPages++;
          for (const table of one.result.report.tables) {
            seen.copied += table.copied;
            seen.parked += table.conflicts.parked;
            seen.held += table.held;
          }
        }
      }),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    // The rest are dry runs, runs that were refused or stopped, and those after them.
    expect(seen.byPages / seen.runs).toBeGreaterThan(0.25);
    expect(signedAgain).toBeGreaterThan(HISTORIES / 4);
    for (const count of [seen.copied, seen.parked, seen.held]) {
      expect(count).toBeGreaterThan(HISTORIES / 20);
    }
  },
);

interface Played {
  readonly result: RunResult | null;
  /** What a run said, less what differs from run to run. */
  readonly outcome: unknown;
}

interface Twin {
  play(round: Round, scan: "pages" | "full"): Promise<Played>;
  dump(): unknown;
}

function createTwin(folder: string, work: PageWorkload): Twin {
  mkdirSync(folder);
  const built = buildWorkload(work, folder);
  built.close();
  const copy = join(folder, "copy.db");
  copyFileSync(built.a, copy);
  const edit = (side: "a" | "b", edits: readonly PageEdit[]): void => {
    const db = openAsUser(built[side], work.journals[side]);
    applyPageEdits(db, work, edits);
    db.close();
  };
  return {
    dump: () => [dumpRows(built.a), dumpRows(built.b)],
    play: async (round, scan) => {
      if (round.putBack) copyFileSync(copy, built.a);
      else copyFileSync(built.a, copy);
      edit("a", round.a);
      edit("b", round.b);
      return runOnce({ a: built.a, b: built.b }, join(folder, "state"), { round, scan });
    },
  };
}

async function runOnce(
  pair: { readonly a: string; readonly b: string },
  stateDir: string,
  { round, scan }: { readonly round: Round; readonly scan: "pages" | "full" },
): Promise<Played> {
  const policy = POLICIES[round.policy];
  const call: SyncCall = {
    pair,
    stateDir,
    tables: null,
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
  const hooks = {
    onProgress: () => undefined,
    throwIfCancelled: () => undefined,
    onStep: (step: Step) => {
      if (step === round.stopAt) throw new SyncError("SYNC_CANCELLED", step);
    },
  };
  try {
    const result = await callSync(call, hooks, askHere(policy, 0), facilitiesHere());
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
