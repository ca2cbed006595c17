import { readFileSync } from "node:fs";
import {
  cases,
  describeTables,
  dumpDatabase,
  expectedOutcome,
  integrityOf,
  unexplained,
} from "@sync/testkit";
import type { DatabaseDump } from "@sync/testkit";
import type { Direction } from "@sync/model";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { expectNoWorse, inScene, NOW_MS, syncScene, writes } from "./law-scene.ts";
import type { LawRun, Scene } from "./law-scene.ts";

vi.setConfig({ testTimeout: 600_000 });

const settings = {
  numRuns: Number(process.env["SYNC_LAW_RUNS"] ?? 15),
  endOnFailure: true,
} as const;

const directions = fc.constantFrom<Direction>("a-to-b", "b-to-a", "mirror");

function directed(direction: Direction): LawRun {
  return { direction, confirmed: true };
}

function targetOf(direction: Direction): "a" | "b" {
  return direction === "b-to-a" ? "a" : "b";
}

function bytesOf({ files }: Scene): Buffer[] {
  return [files.a, files.b].map((path) => readFileSync(path));
}

describe("for any two databases, any edits, and any direction", () => {
  it("every row ends as the direction says, the source keeps every byte, and no constraint is broken", async () => {
    await fc.assert(
      fc.asyncProperty(cases(), directions, fc.boolean(), async (testCase, direction, hasBase) => {
        await inScene(testCase, hasBase, async (scene) => {
          const { a, b, base } = scene.files;
          const before = { a: dumpDatabase(a), b: dumpDatabase(b) };
          const sound = { a: integrityOf(a), b: integrityOf(b) };
          const target = targetOf(direction);
          const source = scene.files[target === "a" ? "b" : "a"];
          const sourceBytes = readFileSync(source);
          const tables = describeTables(a);
          const { report } = await syncScene(scene, directed(direction));
          const after = { a: dumpDatabase(a), b: dumpDatabase(b) };
          const expected = expectedOutcome({
            tables,
            base: hasBase ? dumpDatabase(base) : null,
            ...before,
            policy: "manual",
            nowMs: NOW_MS,
            direction,
          });
          expect(unexplained(expected, after)).toEqual([]);
          expect(readFileSync(source).equals(sourceBytes)).toBe(true);
          expectNoWorse(sound[target], integrityOf(scene.files[target]));
          if (direction === "mirror" && report.conflicts.parked === 0)
            expect(after.a).toEqual(after.b);
          expect(report.direction).toBe(direction);
        });
      }),
      settings,
    );
  });

  it("a second run writes nothing, tells nothing again, and holds what the first held", async () => {
    await fc.assert(
      fc.asyncProperty(cases(), directions, fc.boolean(), async (testCase, direction, hasBase) => {
        await inScene(testCase, hasBase, async (scene) => {
          const held = (run: Awaited<ReturnType<typeof syncScene>>): number[] =>
            run.report.tables.map((table) => table.held);
          const first = await syncScene(scene, directed(direction));
          const files = bytesOf(scene);
          const second = await syncScene(scene, directed(direction));
          expect(writes(second)).toBe(0);
          expect(held(second)).toEqual(held(first));
          expect(second.report.conflicts.parked).toBe(first.report.conflicts.parked);
          expect(second.outcomes.filter(({ outcome }) => outcome === "skip")).toEqual([]);
          expect(bytesOf(scene)).toEqual(files);
        });
      }),
      settings,
    );
  });

  it("a run in both directions afterwards gives what it would have given at once", async () => {
    const both = fc.constantFrom<Direction>("a-to-b", "b-to-a");
    await fc.assert(
      fc.asyncProperty(cases(), both, fc.boolean(), async (testCase, direction, hasBase) => {
        const atOnce = await inScene(testCase, hasBase, async (scene) => {
          await syncScene(scene);
          return dumpsOf(scene);
        });
        const later = await inScene(testCase, hasBase, async (scene) => {
          await syncScene(scene, directed(direction));
          await syncScene(scene);
          return dumpsOf(scene);
        });
        expect(later).toEqual(atOnce);
      }),
      settings,
    );
  });

  it("naming the databases the other way round mirrors the result", async () => {
    const swapped = { "a-to-b": "b-to-a", "b-to-a": "a-to-b" } as const;
    const both = fc.constantFrom<keyof typeof swapped>("a-to-b", "b-to-a");
    await fc.assert(
      fc.asyncProperty(cases(), both, fc.boolean(), async (testCase, direction, hasBase) => {
        const outcome = async (run: LawRun): Promise<unknown[]> =>
          inScene(testCase, hasBase, async (scene) => {
            const { report, outcomes } = await syncScene(scene, run);
            const counts = report.tables.map(({ toA, toB, held, copied }) => {
              return [run.swap === true ? { toB, toA } : { toB: toA, toA: toB }, held, copied];
            });
            const winners = outcomes.map(({ winner }) => winner !== null);
            return [dumpDatabase(scene.files.a), dumpDatabase(scene.files.b), counts, winners];
          });
        const one = await outcome({ direction });
        expect(await outcome({ direction: swapped[direction], swap: true })).toEqual(one);
      }),
      settings,
    );
  });

  it("a dry run says the same and writes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(cases(), directions, async (testCase, direction) => {
        await inScene(testCase, true, async (scene) => {
          const untouched = bytesOf(scene);
          const dry = await syncScene(scene, { direction, dryRun: true });
          expect(bytesOf(scene)).toEqual(untouched);
          const wet = await syncScene(scene, directed(direction));
          expect(dry.report.tables).toEqual(wet.report.tables);
          expect(dry.outcomes).toEqual(wet.outcomes);
        });
      }),
      settings,
    );
  });
});

/** Both sides' tables in which no constraint can make a difference: what is refused depends on what else is written. */
function dumpsOf({ files }: Scene): readonly DatabaseDump[] {
  return [files.a, files.b].map((path) => {
    const dump = dumpDatabase(path);
    const free = describeTables(path).filter(({ constrained }) => !constrained);
    return Object.fromEntries(free.map(({ name }) => [name, dump[name] ?? []]));
  });
}
