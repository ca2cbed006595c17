import { otherSide } from "@sync/model";
import type { Conflict, Policy, Row } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  POLICY_NAMES,
  ResolverPolicy,
  chain,
  lastWriteWins,
  max,
  perColumn,
  perTable,
  policyFromRules,
  policyNamed,
  preferA,
  rekey,
  sum,
  text,
  union,
} from "../src/index.ts";
import { conflictsLike, resolverLaws } from "../src/testing/index.ts";
import { NOW_MS } from "./conflicts.ts";

const context = { nowMs: NOW_MS };

/** A table with something for every policy: counters, amounts, sets, texts. */
const rows: readonly Row[] = [
  {
    id: 7n,
    pieces: 12n,
    price: 9.95,
    tags: '["new", 1, {"a": 1, "b": [2]}]',
    body: "Milk\nBread and butter\nTea, two packets of it\n",
    updated_at: "2024-05-01 10:00:00",
  },
  {
    id: 8n,
    pieces: -3n,
    price: 3,
    tags: "[]",
    body: "Milk\n",
    updated_at: "2024-05-01 11:00:00",
  },
];

const conflicts = conflictsLike({ rows });

/** A row of which a NOCASE key's spelling is in dispute as well. */
const conflictsAboutKeys = conflicts
  .filter(({ kind }) => kind === "update/update")
  .map(withKeyInDispute);

function withKeyInDispute(conflict: Conflict): Conflict {
  return { ...conflict, disputed: ["id", ...conflict.disputed] };
}

/** A custom function that does not care for sides: the longer text wins. */
const longerText = new ResolverPolicy<{ id: bigint; body: string }>(({ a, b }) => {
  if (a === null || b === null || a.body.length === b.body.length) return undefined;
  return a.body.length > b.body.length ? "a" : { type: "take", side: "b" };
});

const byColumn = { pieces: sum, "pri*": max, tags: union, body: text };

const combined: readonly Policy[] = [
  chain([rekey, lastWriteWins()]),
  perColumn(byColumn, { fallback: chain([rekey, lastWriteWins()]) }),
  perTable({ "ite*": max }, { fallback: lastWriteWins() }),
  policyFromRules(
    [
      { column: "pieces", use: "sum" },
      { kind: "insert/insert", use: "rekey,last-write-wins" },
      { table: "items", column: "{body,tags}", use: "text,union" },
    ],
    { fallback: lastWriteWins() },
  ),
  longerText,
];

const policies: readonly Policy[] = [...POLICY_NAMES.map((name) => policyNamed(name)), ...combined];

function sideOf(name: string): { sided?: "a" | "b" } {
  if (!name.startsWith("prefer-")) return {};
  return { sided: name === "prefer-a" ? "a" : "b" };
}

describe.each(policies)("$name", (policy) => {
  test.each(resolverLaws(policy, { rows, ...sideOf(policy.name) }))("$name", async ({ prove }) => {
    expect(await prove()).toBeUndefined();
  });

  test("gives a reason in sentences, for a decision as for parking", async () => {
    await fc.assert(
      fc.asyncProperty(conflicts, async (conflict) => {
        const decision = await policy.decide(conflict, context);
        expect(decision?.reason).toMatch(/^[A-Z][^\n]*[^\s.]\.$/);
      }),
    );
  });

  test("writes what is in dispute and nothing else, and never a key", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(conflicts, conflictsAboutKeys), async (conflict) => {
        const decision = await policy.decide(conflict, context);
        if (decision?.type !== "write") return;
        expect(Object.keys(decision.row).toSorted()).toEqual([...conflict.disputed].toSorted());
        for (const [column, value] of Object.entries(conflict.key)) {
          if (Object.hasOwn(decision.row, column)) expect(decision.row[column]).toEqual(value);
        }
      }),
    );
  });
});

describe.each(POLICY_NAMES.filter((name) => !name.startsWith("prefer-")))("%s", (name) => {
  test("never lets a row displace another that has its unique value", async () => {
    const collisions = conflictsLike({ rows, kinds: ["unique"] });
    await fc.assert(
      fc.asyncProperty(collisions, async (conflict) => {
        expect(await policyNamed(name).decide(conflict, context)).toMatchObject({ type: "park" });
      }),
    );
  });
});

test.each([
  ["last-write-wins", 1],
  ["first-write-wins", -1],
] as const)("%s takes a side only with a ground: a deletion, or the times", async (name, sign) => {
  await fc.assert(
    fc.asyncProperty(conflicts, async (conflict) => {
      const decision = await policyNamed(name).decide(conflict, context);
      if (decision?.type === "park") return;
      if (decision?.type !== "take") throw new Error(`${name} only takes or parks`);
      const loser = conflict[otherSide(decision.side)];
      if (loser === null) return;
      expect(conflict.clockSkew).toBeNull();
      const winning = timeOf(conflict[decision.side]?.["updated_at"]);
      const losing = timeOf(loser["updated_at"]);
      expect(Math.sign(winning - losing)).toBe(sign);
      expect(Math.max(winning, losing)).toBeLessThanOrEqual(NOW_MS + 300_000);
    }),
  );
});

test("first-write-wins takes the other side of what last-write-wins takes, where both are there", async () => {
  await fc.assert(
    fc.asyncProperty(conflicts, async (conflict) => {
      const last = await policyNamed("last-write-wins").decide(conflict, context);
      const first = await policyNamed("first-write-wins").decide(conflict, context);
      expect(first?.type).toBe(last?.type);
      if (last?.type !== "take" || first?.type !== "take") return;
      const decidedByTime = conflict.a !== null && conflict.b !== null;
      expect(first.side).toBe(decidedByTime ? otherSide(last.side) : last.side);
    }),
  );
});

test("prefer-a is no policy without a side: the kit would see it", async () => {
  const [law] = resolverLaws(preferA, { rows }).slice(-1);
  await expect(law?.prove()).rejects.toThrow("mirrored answer");
});

/** A second, much simpler reading of the timestamps that are made up; NaN where there is none. */
function timeOf(value: unknown): number {
  if (typeof value === "string") return Date.parse(value.includes("Z") ? value : `${value}Z`);
  if (typeof value === "number") return Math.round(value * 1000);
  if (typeof value !== "bigint" || value === 0n) return Number.NaN;
  return value < 100_000_000_000n ? Number(value) * 1000 : Number(value);
}
