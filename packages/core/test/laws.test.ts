import { readFileSync } from "node:fs";
import {
  cases,
  describeTables,
  dumpDatabase,
  expectedOutcome,
  integrityOf,
  unexplained,
} from "@sync/testkit";
import type { ReferencePolicy } from "@sync/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectNoWorse, inScene, NOW_MS, POLICIES, syncScene, writes } from "./law-scene.ts";

const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 25);

const policies = fc.constantFrom<ReferencePolicy>(
  "manual",
  "prefer-a",
  "prefer-b",
  "last-write-wins",
);
const settings = { numRuns: RUNS, endOnFailure: false } as const;

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
            const result = await syncScene(scene, { policy: POLICIES[policy] });
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
          const first = await syncScene(scene, { policy: POLICIES[policy] });
          const files = [scene.files.a, scene.files.b].flatMap((path) => [readFileSync(path)]);
          const second = await syncScene(scene, { policy: POLICIES[policy] });
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
          const { report } = await syncScene(scene, { policy: POLICIES[policy] });
          return { report, a: dumpDatabase(scene.files.a), b: dumpDatabase(scene.files.b) };
        });
        const other = await inScene(testCase, true, async (scene) => {
          const { report } = await syncScene(scene, {
            policy: POLICIES[swapped[policy]],
            swap: true,
          });
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
            const dry = await syncScene(scene, { policy: POLICIES[policy], dryRun: true });
            expect(bytes()).toEqual(untouched);
            const wet = await syncScene(scene, { policy: POLICIES[policy] });
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
