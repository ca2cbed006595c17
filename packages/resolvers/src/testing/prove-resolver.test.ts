import type { Conflict, Decision, Policy, Row } from "@sync/model";
import { describe, expect, test } from "vitest";
import type { MergeFunction } from "../merge-function.ts";
import { ResolverPolicy } from "../resolver-policy.ts";
import { BrokenLaw, proveResolver, resolverLaws } from "./index.ts";

/** Stock: pieces are counted together; everything else is left to a person. */
const countTogether: MergeFunction = ({ key, base, a, b, disputed }) => {
  const [before, left, right] = [base, a, b].map((row) => row?.["pieces"]);
  if (typeof before !== "bigint" || typeof left !== "bigint" || typeof right !== "bigint")
    return undefined;
  if (disputed.length !== 1 || disputed[0] !== "pieces") return undefined;
  return { ...key, pieces: BigInt.asIntN(64, left + right - before) };
};

const rows: readonly Row[] = [{ id: 7n, pieces: 12n }];
const takeA: Decision = { type: "take", side: "a" };

describe("a good resolver is proven", () => {
  test.each<[string, Policy | MergeFunction]>([
    ["a function", countTogether],
    ["a policy", new ResolverPolicy(countTogether)],
    ["one that never decides", { name: "silent", decide: () => undefined }],
    ["one that takes its time", { name: "slow", decide: async () => Promise.resolve(undefined) }],
    ["one that writes without a key", { name: "flat", decide: flat }],
  ])("%s", async (_name, resolver) => {
    await expect(proveResolver(resolver, { rows })).resolves.toBeUndefined();
  });

  test("one that is named after its side, and says so", async () => {
    const preferA: Policy = { name: "prefer-a", decide: () => takeA };
    await expect(proveResolver(preferA, { sided: "a" })).resolves.toBeUndefined();
  });
});

describe("a broken resolver is found out", () => {
  let asked = 0;
  const broken: readonly [string, string, MergeFunction | Policy][] = [
    ["takes side a", "gives the mirrored answer when a and b are swapped", () => "a"],
    ["throws where a row is missing", "answers without failing", ({ a, b }) => longer(a, b)],
    [
      "rejects",
      "answers without failing",
      { name: "x", decide: () => Promise.reject(new Error("no network")) },
    ],
    [
      "writes a column that is not there",
      "answers what can be carried out",
      invent("colour", "red"),
    ],
    ["writes a boolean", "answers what can be carried out", invent("title", true)],
    ["writes NaN", "answers what can be carried out", invent("price", Number.NaN)],
    ["writes past 64 bits", "answers what can be carried out", invent("pieces", 2n ** 63n)],
    ["changes the key", "answers what can be carried out", invent("id", -1n)],
    ["leaves a disputed column open", "answers what can be carried out", ({ key }) => ({ ...key })],
    ["answers nonsense", "answers what can be carried out", () => "both" as never],
    [
      "rekeys whatever comes",
      "answers what can be carried out",
      ({ a }) => ({ type: "rekey", side: a === null ? "b" : "a" }),
    ],
    ["meddles with the rows", "changes nothing in the conflict", { name: "x", decide: meddle }],
    ["meddles with a blob", "changes nothing in the conflict", { name: "x", decide: meddleDeep }],
    [
      "decides by chance",
      "gives the same conflict the same answer",
      () => ((asked += 1) % 2 === 0 ? { type: "delete" } : undefined),
    ],
  ];

  test.each(broken)("one that %s", async (_name, law, resolver) => {
    const error = await errorOf(proveResolver(resolver));
    expect(error.law).toBe(law);
    expect(error.message).toContain(`breaks the law "${law}"`);
  });

  test.each<[string, Policy]>([
    ["never answers", { name: "x", decide: () => new Promise(() => {}) }],
    ["blocks", { name: "x", decide: block }],
  ])("one that %s", async (_name, policy) => {
    const error = await errorOf(proveResolver(policy, { timeLimitMs: 20 }));
    expect(error.law).toBe("answers in time");
  });

  test("one that takes the side it is not named after", async () => {
    const error = await errorOf(
      proveResolver({ name: "prefer-b", decide: () => takeA }, { sided: "b" }),
    );
    expect(error.law).toBe("never takes side a");
  });

  test("with the conflict, the answers, and how to see it again", async () => {
    const laws = resolverLaws(() => "a", {
      rows,
      kinds: ["update/update"],
      table: "stock",
      seed: 5,
    });
    const error = await errorOf(laws.at(-1)?.prove() ?? Promise.resolve());
    expect(error.conflict).toMatchObject({ table: "stock", kind: "update/update" });
    expect(error.message).toMatch(
      /it answered take a, and with a and b swapped take a\.\n {2}conflict: update\/update in stock, id=.*\n {2}disputed: pieces\n {2}base: id=.*\n {2}a: .*\n {2}b: .*\n {2}\(to see it again: seed 5\)$/,
    );
  });
});

test("the laws have names, for a runner that shows each", () => {
  expect(resolverLaws(countTogether).map(({ name }) => name)).toEqual([
    "answers in time",
    "answers without failing",
    "answers what can be carried out",
    "changes nothing in the conflict",
    "gives the same conflict the same answer",
    "gives the mirrored answer when a and b are swapped",
  ]);
});

function flat({ kind, disputed }: Conflict): Decision {
  if (kind !== "update/update" || disputed.length !== 1) return { type: "park" };
  return { type: "write", row: { pieces: 0n } };
}

function longer(a: Row | null, b: Row | null): "a" | "b" | undefined {
  // What somebody writes who has only conflicts of two edits in mind.
  const [left, right] = [String((a as Row)["title"]), String((b as Row)["title"])];
  if (left.length === right.length) return undefined;
  return left.length > right.length ? "a" : "b";
}

function invent(column: string, value: unknown): MergeFunction {
  return ({ a, b }) => ({ ...(a ?? b), [column]: value }) as Row;
}

function meddle(conflict: Conflict): undefined {
  (conflict as { table: string }).table = "mine";
}

function meddleDeep({ a }: Conflict): undefined {
  const photo = a?.["photo"];
  if (photo instanceof Uint8Array && photo.length > 0) photo[0] = (photo[0] ?? 0) ^ 1;
}

function block(): undefined {
  const startedMs = performance.now();
  while (performance.now() - startedMs < 30);
}

async function errorOf(call: Promise<void>): Promise<BrokenLaw> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BrokenLaw) return error;
    throw error;
  }
  throw new Error("expected a broken law");
}
