import type { SqlValue } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { union } from "./union.ts";

function merged(base: SqlValue, a: SqlValue, b: SqlValue): unknown {
  const answer = union.mergeColumn({ base, a, b });
  expect(union.mergeColumn({ base, a: b, b: a })).toEqual(answer);
  return "value" in answer ? answer.value : answer.problem;
}

describe("two sets", () => {
  test.each([
    ["what either side added is in", "[1]", "[1,2]", "[1,3]", "[1,2,3]"],
    ["what either side removed is out", "[1,2,3]", "[1,3]", "[1,2]", "[1]"],
    ["removed here, added there", '["a","b"]', '["a"]', '["a","b","c"]', '["a","c"]'],
    ["both added the same", "[]", '["x"]', '["x","y"]', '["x","y"]'],
    [
      "another spelling is no other element",
      "[]",
      '[1,{"a":1,"b":2}]',
      '[1.0,{"b":2,"a":1},2]',
      '[1,2,{"a":1,"b":2}]',
    ],
    [
      "large integers keep their digits",
      "[]",
      "[9007199254740993]",
      "[9007199254740992]",
      "[9007199254740992,9007199254740993]",
    ],
    ["elements that stand twice", "[1,1]", "[1,1,1]", "[1,1,2]", "[1,1,1,2]"],
    ["the same set in two orders", "[]", "[2,1]", "[1,2]", "[1,2]"],
  ])("%s", (_name, ...[base, a, b, result]) => {
    expect(merged(base, a, b)).toBe(result);
  });

  test("grow from nothing where the column was NULL", () => {
    expect(merged(null, "[1]", "[2]")).toBe("[1,2]");
  });

  test.each<[string, SqlValue, SqlValue, SqlValue]>([
    ["a side of NULL", "[]", null, "[1]"],
    ["a text that is no JSON", "[]", "a, b", "[1]"],
    ["an object", "[]", "{}", "[1]"],
    ["a base that is no array", "x", "[1]", "[2]"],
    ["a number", 1n, "[1]", "[2]"],
    ["text that is not UTF-8", "[]", '["\u{FFFD}"]', "[2]"],
  ])("park with %s", (_name, base, a, b) => {
    expect(merged(base, a, b)).toMatch(/^(does not hold|holds text)/);
  });

  test("lose nothing that is in both, add nothing that is in none, and keep no removed one", () => {
    const sets = fc.uniqueArray(fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        const [o, x, y] = [base, a, b].map((set) => JSON.stringify(set)) as [
          string,
          string,
          string,
        ];
        const expected = Array.from({ length: 10 }, (_, element) => element).filter((element) =>
          base.includes(element)
            ? a.includes(element) && b.includes(element)
            : a.includes(element) || b.includes(element),
        );
        expect(merged(o, x, y)).toBe(JSON.stringify(expected));
      }),
    );
  });

  test("come out the same from equal sets in any order, so that rings of pairs come to rest", () => {
    const elements = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1 });
    const shuffled = elements.chain((set) =>
      fc.tuple(
        fc.shuffledSubarray(set, { minLength: set.length }),
        fc.shuffledSubarray(set, { minLength: set.length }),
        fc.shuffledSubarray(set),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([a, b, base]) => {
        const result = merged(JSON.stringify(base), JSON.stringify(a), JSON.stringify(b));
        expect(result).toBe(JSON.stringify(a.toSorted((x, y) => x - y)));
      }),
    );
  });
});
