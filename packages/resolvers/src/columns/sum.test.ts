import type { SqlValue } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sum } from "./sum.ts";

const MAX = 2n ** 63n - 1n;

describe("a counter", () => {
  test("adds up what each side added", () => {
    expect(sum.mergeColumn({ base: 10n, a: 8n, b: 13n })).toEqual({ value: 11n });
    expect(sum.mergeColumn({ base: 2n ** 60n, a: 2n ** 60n + 1n, b: 2n ** 60n + 2n })).toEqual({
      value: 2n ** 60n + 3n,
    });
  });

  test("reaches the ends of 64 bits, and parks past them", () => {
    expect(sum.mergeColumn({ base: MAX - 2n, a: MAX - 1n, b: MAX - 1n })).toEqual({ value: MAX });
    expect(sum.mergeColumn({ base: MAX - 1n, a: MAX, b: MAX })).toHaveProperty("problem");
    expect(sum.mergeColumn({ base: MAX, a: -MAX, b: -MAX })).toHaveProperty("problem");
  });

  test("adds reals as the decimals that they print as", () => {
    expect(sum.mergeColumn({ base: 10, a: 10.1, b: 10.2 })).toEqual({ value: 10.3 });
    expect(sum.mergeColumn({ base: 10n, a: 10.5, b: 12n })).toEqual({ value: 12.5 });
  });

  test.each<[string, SqlValue, SqlValue, SqlValue]>([
    ["NULL", 1n, null, 2n],
    ["a base of NULL", null, 1n, 2n],
    ["text", 1n, "2", 3n],
    ["infinity", 1, Infinity, 2],
    ["a sum past the largest real", 0, 1.7e308, 1.7e308],
    ["an integer past 2^53 beside a real", 0n, 2n ** 53n + 1n, 0.5],
  ])("parks %s", (_name, base, a, b) => {
    expect(sum.mergeColumn({ base, a, b })).toHaveProperty("problem");
    expect(sum.mergeColumn({ base, a: b, b: a })).toHaveProperty("problem");
  });

  test("comes to the same total in a line of three copies, whichever pair goes first", () => {
    const price = fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100);
    const value = ({ base, a, b }: Record<"base" | "a" | "b", SqlValue>): SqlValue => {
      const answer = sum.mergeColumn({ base, a, b });
      if ("problem" in answer) throw new Error(answer.problem);
      return answer.value;
    };
    fc.assert(
      fc.property(price, price, price, price, (base, a, b, c) => {
        const leftFirst = value({ base, a: value({ base, a, b }), b: c });
        const rightFirst = value({ base, a, b: value({ base, a: b, b: c }) });
        expect(leftFirst).toBe(rightFirst);
      }),
    );
  });
});
