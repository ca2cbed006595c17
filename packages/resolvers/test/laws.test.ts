import { otherSide } from "@sync/model";
import type { Decision, Policy } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { POLICY_NAMES, ResolverPolicy, policyNamed } from "../src/index.ts";
import { CONSTRAINT_KINDS, NOW_MS, conflicts, swapped } from "./conflicts.ts";

const context = { nowMs: NOW_MS };

/** A custom function that does not care for sides: the longer text wins. */
const longerText = new ResolverPolicy<{ id: bigint; body: string }>(({ a, b }) => {
  if (a === null || b === null || a.body.length === b.body.length) return undefined;
  return a.body.length > b.body.length ? "a" : { type: "take", side: "b" };
});

const policies: readonly Policy[] = [...POLICY_NAMES.map((name) => policyNamed(name)), longerText];

function mirrored(decision: Decision | undefined): Partial<Decision> {
  if (decision === undefined) return {};
  const { reason: _reason, ...rest } = decision;
  return "side" in rest ? { ...rest, side: otherSide(rest.side) } : rest;
}

const withoutSides = policies.filter(({ name }) => !name.startsWith("prefer-"));

describe.each(withoutSides)("$name", (policy) => {
  test("gives the mirrored answer when a and b are swapped", async () => {
    await fc.assert(
      fc.asyncProperty(conflicts, async (conflict) => {
        const decision = await policy.decide(conflict, context);
        const fromTheOtherSide = await policy.decide(swapped(conflict), context);
        expect(fromTheOtherSide).toMatchObject(mirrored(decision));
      }),
    );
  });
});

describe.each(policies)("$name", (policy) => {
  test("gives the same conflict the same answer, and changes nothing in it", async () => {
    await fc.assert(
      fc.asyncProperty(conflicts, async (conflict) => {
        const before = structuredClone(conflict);
        const first = await policy.decide(conflict, context);
        expect(conflict).toStrictEqual(before);
        expect(await policy.decide(before, context)).toStrictEqual(first);
      }),
    );
  });

  test("gives a reason in one sentence, for a decision as for parking", async () => {
    await fc.assert(
      fc.asyncProperty(conflicts, async (conflict) => {
        const decision = await policy.decide(conflict, context);
        expect(decision?.reason).toMatch(/^[A-Z][^\n]*[^\s.]\.$/);
      }),
    );
  });
});

describe.each(POLICY_NAMES)("%s", (name) => {
  test("never overrules a constraint", async () => {
    const broken = conflicts.filter(({ kind }) => CONSTRAINT_KINDS.includes(kind));
    await fc.assert(
      fc.asyncProperty(broken, async (conflict) => {
        expect(await policyNamed(name).decide(conflict, context)).toMatchObject({ type: "park" });
      }),
    );
  });
});

test("last-write-wins takes a side only with a ground: the other is gone, or its time is earlier", async () => {
  const policy = policyNamed("last-write-wins");
  await fc.assert(
    fc.asyncProperty(conflicts, async (conflict) => {
      const decision = await policy.decide(conflict, context);
      if (decision?.type === "park") return;
      if (decision?.type !== "take") throw new Error("last-write-wins only takes or parks");
      const loser = conflict[otherSide(decision.side)];
      if (loser === null) return;
      const winner = conflict[decision.side];
      expect(conflict.timestampColumn).not.toBeNull();
      expect(timeOf(winner?.["updated_at"])).toBeGreaterThan(timeOf(loser["updated_at"]));
      expect(timeOf(winner?.["updated_at"])).toBeLessThanOrEqual(NOW_MS + 300_000);
    }),
  );
});

/** A second, much simpler reading of the timestamps that `conflicts` makes; NaN where there is none. */
function timeOf(value: unknown): number {
  if (typeof value === "string") return Date.parse(value === "2024-02-30 00:00:00" ? "" : value);
  if (typeof value === "number") return Math.round(value * 1000);
  if (value === 1714557600n) return 1714557600000;
  return typeof value === "bigint" && value > 0n ? Number(value) : Number.NaN;
}
