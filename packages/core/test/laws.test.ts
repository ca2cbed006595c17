import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyEdits,
  buildSides,
  cases,
  describeTables,
  dumpDatabase,
  expectedOutcome,
  integrityOf,
  unexplained,
} from "@sync/testkit";
import type { Case, CaseFiles, Integrity, ReferencePolicy } from "@sync/testkit";
import { lastWriteWins, manual, preferA, preferB } from "@sync/resolvers";
import type { Policy } from "@sync/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askHere } from "../src/engine/decide.ts";
import { callSync } from "../src/engine/sync.ts";
import type { RunResult } from "../src/engine/request.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 40);
const POLICIES: Readonly<Record<ReferencePolicy, Policy>> = {
  manual: manual,
  "prefer-a": preferA,
  "prefer-b": preferB,
  "last-write-wins": lastWriteWins(),
};

interface Scene {
  readonly files: CaseFiles;
  readonly folder: string;
}

async function sync(
  scene: Scene,
  policy: Policy,
  swap = false,
  dryRun = false,
): Promise<RunResult> {
  const { a, b } = scene.files;
  return callSync(
    {
      pair: swap ? { a: b, b: a } : { a, b },
      stateDir: join(scene.folder, "state"),
      tables: null,
      dryRun,
      maxDeletePercent: 100,
      create: false,
      lineage: "accept",
      base: null,
      out: null,
      busyTimeoutMs: 1000,
      startedMs: NOW_MS,
      policy: { name: policy.name, version: policy.version ?? null },
    },
    { onProgress: () => undefined, throwIfCancelled: () => undefined, onStep: () => undefined },
    askHere(policy, NOW_MS),
  );
}

/** Makes a case's files, syncs them once unless it is to be a first run, and lets both users edit. */
async function inScene<T>(
  testCase: Case,
  hasBase: boolean,
  use: (scene: Scene) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sync-law-"));
  try {
    const files = buildSides(testCase, folder);
    const scene = { files, folder };
    if (hasBase) await sync(scene, POLICIES.manual);
    applyEdits(files.a, testCase.editsA);
    applyEdits(files.b, testCase.editsB);
    return await use(scene);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const policies = fc.constantFrom<ReferencePolicy>(
  "manual",
  "prefer-a",
  "prefer-b",
  "last-write-wins",
);
const settings = { numRuns: RUNS, endOnFailure: false } as const;

function writes({ report }: RunResult): number {
  return report.tables.reduce(
    (sum, { toA, toB }) =>
      sum + [toA, toB].reduce((n, to) => n + to.inserted + to.updated + to.deleted, 0),
    0,
  );
}

/** A side may keep violations it had; it may not get new ones. */
function expectNoWorse(before: Integrity, after: Integrity): void {
  for (const kind of ["problems", "foreignKeys", "staleIndexes"] as const) {
    expect(after[kind].filter((found) => !before[kind].includes(found))).toEqual([]);
  }
}

describe("for any two databases and any edits", () => {
  it(
    "every row ends as the rule of DESIGN §6 says, and no constraint is broken",
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(cases(), policies, fc.boolean(), async (testCase, policy, hasBase) => {
          await inScene(testCase, hasBase, async (scene) => {
            const { a, b, base } = scene.files;
            const before = { a: dumpDatabase(a), b: dumpDatabase(b) };
            const sound = { a: integrityOf(a), b: integrityOf(b) };
            const tables = describeTables(a);
            const result = await sync(scene, POLICIES[policy]);
            const after = { a: dumpDatabase(a), b: dumpDatabase(b) };
            const expected = expectedOutcome({
              tables,
              base: hasBase ? dumpDatabase(base) : null,
              ...before,
              policy,
              nowMs: NOW_MS,
            });
            expect(unexplained(expected, after)).toEqual([]);
            expectNoWorse(sound.a, integrityOf(a));
            expectNoWorse(sound.b, integrityOf(b));
            if (result.report.conflicts.parked === 0) expect(after.a).toEqual(after.b);
          });
        }),
        settings,
      );
    },
  );

  it("a second run writes nothing", { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases(), policies, async (testCase, policy) => {
        await inScene(testCase, true, async (scene) => {
          const first = await sync(scene, POLICIES[policy]);
          const files = [scene.files.a, scene.files.b].flatMap((path) => [readFileSync(path)]);
          const second = await sync(scene, POLICIES[policy]);
          expect(writes(second)).toBe(0);
          expect(second.report.conflicts.parked).toBe(first.report.conflicts.parked);
          expect(
            [scene.files.a, scene.files.b].map((path, index) =>
              readFileSync(path).equals(files[index] ?? Buffer.alloc(0)),
            ),
          ).toEqual([true, true]);
        });
      }),
      settings,
    );
  });

  it("swapping a and b mirrors the result", { timeout: 600_000 }, async () => {
    const swapped: Readonly<Record<ReferencePolicy, ReferencePolicy>> = {
      "prefer-a": "prefer-b",
      "prefer-b": "prefer-a",
      manual: "manual",
      "last-write-wins": "last-write-wins",
    };
    await fc.assert(
      fc.asyncProperty(cases(), policies, async (testCase, policy) => {
        const one = await inScene(testCase, true, async (scene) => {
          const { report } = await sync(scene, POLICIES[policy]);
          return { report, a: dumpDatabase(scene.files.a), b: dumpDatabase(scene.files.b) };
        });
        const other = await inScene(testCase, true, async (scene) => {
          const { report } = await sync(scene, POLICIES[swapped[policy]], true);
          return { report, a: dumpDatabase(scene.files.a), b: dumpDatabase(scene.files.b) };
        });
        expect([other.a, other.b]).toEqual([one.a, one.b]);
        expect(other.report.tables.map(({ toA, toB }) => [toB, toA])).toEqual(
          one.report.tables.map(({ toA, toB }) => [toA, toB]),
        );
      }),
      settings,
    );
  });

  it(
    "every change is accounted for, and a dry run says the same and writes nothing",
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(cases(), policies, async (testCase, policy) => {
          await inScene(testCase, true, async (scene) => {
            const bytes = (): Buffer[] =>
              [scene.files.a, scene.files.b].map((path) => readFileSync(path));
            const untouched = bytes();
            const dry = await sync(scene, POLICIES[policy], false, true);
            expect(bytes()).toEqual(untouched);
            const wet = await sync(scene, POLICIES[policy]);
            expect(dry.report.tables).toEqual(wet.report.tables);
            for (const { toA, toB, copied, merged, conflicts } of wet.report.tables) {
              const written = [toA, toB].reduce(
                (n, to) => n + to.inserted + to.updated + to.deleted,
                0,
              );
              if (written > 0) expect(copied + merged + conflicts.resolved).toBeGreaterThan(0);
            }
          });
        }),
        settings,
      );
    },
  );
});
