import type { Conflict, Decision, Policy, Row } from "@sync/model";
import { describe, expect, test } from "vitest";
import { CONSTRAINT_KINDS, NOW_MS, noteConflict } from "../../test/conflicts.ts";
import { max } from "../columns/extremes.ts";
import { sum } from "../columns/sum.ts";
import { lastWriteWins } from "../last-write-wins.ts";
import { manual } from "../manual.ts";
import { preferA, preferB } from "../prefer-side.ts";
import { rekey } from "../rekey.ts";
import { perColumn, perTable } from "./per-name.ts";

const base: Row = { id: 7n, name: "tea", pieces: 10n, price: 3, updated_at: "2024-05-01 09:00:00" };
const a: Row = {
  ...base,
  name: "black tea",
  pieces: 8n,
  price: 4,
  updated_at: "2024-05-01 10:00:00",
};
const b: Row = {
  ...base,
  name: "green tea",
  pieces: 13n,
  price: 5,
  updated_at: "2024-05-01 11:00:00",
};
const disputed = ["name", "pieces", "price"];

function decide(policy: Policy, changes: Partial<Conflict> = {}): Promise<Decision | undefined> {
  const conflict = noteConflict({ table: "stock", base, a, b, disputed, ...changes });
  return Promise.resolve(policy.decide(conflict, { nowMs: NOW_MS }));
}

/** Answers the same, whatever it is asked. */
function answering(decision: Decision): Policy {
  return { name: "fixed", decide: () => decision };
}

describe("a policy for each column", () => {
  test("puts the values together in one row, each from its rule or from the fallback", async () => {
    const policy = perColumn({ pieces: sum, "PRI*": max }, { fallback: lastWriteWins() });
    expect(await decide(policy)).toEqual({
      type: "write",
      row: { name: "green tea", pieces: 11n, price: 5 },
      reason:
        'Side b has the later time in "updated_at". The policy sum merges "pieces". The policy max merges "price".',
    });
  });

  test("asks the fallback about the columns that are left, and about no others", async () => {
    const asked: Conflict[] = [];
    const fallback: Policy = {
      name: "watching",
      decide: (conflict) => {
        asked.push(conflict);
        return { type: "take", side: "a" };
      },
    };
    await decide(perColumn({ pieces: sum }, { fallback }));
    expect(asked.map((conflict) => conflict.disputed)).toEqual([["name", "price"]]);
  });

  test("takes a side where every part takes it, so that the values are moved by SQL", async () => {
    const policy = perColumn({ name: preferB, pieces: lastWriteWins() }, { fallback: preferB });
    expect(await decide(policy)).toMatchObject({ type: "take", side: "b" });
  });

  test("mixes sides where the columns' policies do", async () => {
    const policy = perColumn({ name: preferA }, { fallback: preferB });
    expect(await decide(policy)).toMatchObject({
      type: "write",
      row: { name: "black tea", pieces: 13n, price: 5 },
    });
  });

  test("parks the whole row where one part parks, with its reason and cause", async () => {
    const clockSkew = "The clocks are apart.";
    const policy = perColumn({ pieces: sum }, { fallback: lastWriteWins() });
    expect(await decide(policy, { clockSkew })).toEqual({
      type: "park",
      reason: clockSkew,
      cause: "clock-skew",
    });
    expect(await decide(perColumn({ name: sum }, { fallback: preferA }))).toEqual({
      type: "park",
      reason: 'The column "name" does not hold three numbers that can be added up.',
    });
  });

  test("asks a single policy as if it stood alone", async () => {
    const answer: Decision = { type: "delete", reason: "Gone." };
    expect(await decide(perColumn({ "*": answering(answer) }, { fallback: manual }))).toBe(answer);
  });

  test.each<[string, Decision]>([
    ["deletes the row", { type: "delete" }],
    ["gives the row another key", { type: "rekey", side: "a" }],
    ["leaves its column out", { type: "write", row: { pieces: 1n } }],
  ])("parks where one of several %s", async (_name, decision) => {
    const policy = perColumn({ name: answering(decision) }, { fallback: preferA });
    expect(await decide(policy)).toMatchObject({ type: "park" });
  });

  test("uses of a written row only the columns that it was asked about", async () => {
    const whole = answering({ type: "write", row: { ...a, name: "tea", pieces: 99n } });
    const policy = perColumn({ name: whole }, { fallback: preferB });
    expect(await decide(policy)).toMatchObject({ row: { name: "tea", pieces: 13n, price: 5 } });
  });

  test("parks where sides are mixed and a text hides bytes that only SQL can move", async () => {
    const hidden = "t\u{FFFD}";
    const rows = { a: { ...a, name: hidden }, b: { ...b, name: hidden } };
    const mixed = perColumn({ name: preferA }, { fallback: preferB });
    expect(await decide(mixed, rows)).toMatchObject({ type: "park" });
    expect(await decide(preferB, rows)).toMatchObject({ type: "take", side: "b" });
  });

  test.each<Conflict["kind"]>(["insert/insert", "update/delete", ...CONSTRAINT_KINDS])(
    "leaves conflicts about whole rows to the fallback: %s",
    async (kind) => {
      const policy = perColumn({ "*": preferA }, { fallback: preferB });
      expect(await decide(policy, { kind })).toMatchObject({ type: "take", side: "b" });
    },
  );

  test("never merges the spelling of a key", async () => {
    const policy = perColumn({ "*": max }, { fallback: preferB });
    const changes = {
      key: { name: "tea" },
      a: { ...base, name: "Tea" },
      b: { ...base, name: "TEA" },
      disputed: ["name"],
    };
    expect(await decide(policy, changes)).toMatchObject({ type: "take", side: "b" });
  });
});

describe("a policy for each table", () => {
  test("is found by name or glob; the first that matches counts", async () => {
    const policy = perTable({ "st*": preferA, stock: preferB }, { fallback: manual });
    expect(await decide(policy)).toMatchObject({ type: "take", side: "a" });
    expect(await decide(policy, { table: "orders" })).toMatchObject({ type: "park" });
  });

  test("may be a column rule, which leaves whole rows to the fallback", async () => {
    const policy = perTable({ stock: max }, { fallback: preferB });
    const numbers = { disputed: ["pieces", "price"] };
    expect(await decide(policy, numbers)).toMatchObject({ row: { pieces: 13n, price: 5 } });
    expect(await decide(policy, { kind: "update/delete", b: null })).toMatchObject({ side: "b" });
  });
});

test("what is combined needs a tree if one part does, and has another version if one part has", () => {
  expect(perColumn({ pieces: sum }, { fallback: manual }).needsTree).toBe(true);
  expect(perTable({ stock: max }, { fallback: rekey }).needsTree).toBe(true);
  expect(perTable({ stock: max }, { fallback: manual }).needsTree).toBe(false);
  const versions = [
    perColumn({ pieces: sum }, { fallback: manual }),
    perColumn({ price: sum }, { fallback: manual }),
    perColumn({ pieces: sum }, { fallback: lastWriteWins() }),
    perColumn({ pieces: sum }, { fallback: lastWriteWins({ allowedSkewMs: 0 }) }),
  ].map(({ version }) => version);
  expect(new Set(versions).size).toBe(4);
});
