import fc from "fast-check";
import { expect, it } from "vitest";
import { chooseMark, committedTo } from "./commit-mark.ts";

const cookie = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const steps = fc.integer({ min: 0, max: 60_000 });

it("a mark is known however often others change the schema before or after the commit", () => {
  fc.assert(
    fc.property(cookie, share, share, steps, (before, first, second, moves) => {
      const mark = chooseMark(before, startingWith(first, second));
      expect(committedTo(mark, before + moves)).toBe("no");
      expect(committedTo(mark, (mark.after ?? 0) + moves)).toBe("yes");
    }),
  );
});

it("another cookie is no evidence", () => {
  fc.assert(
    fc.property(cookie, share, cookie, (before, random, now) => {
      const mark = chooseMark(before, startingWith(random));
      const isNear = [before, mark.after ?? 0].some((one) => now >= one && now < one + 2 ** 16);
      fc.pre(!isNear);
      expect(committedTo(mark, now)).toBe("unknown");
    }),
  );
});

/** Where the first lies too near, others are asked for. */
function startingWith(...shares: number[]): () => number {
  return () => shares.shift() ?? Math.random();
}
