import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareElements, readJsonArray } from "./json-array.ts";

function canonicals(text: string): readonly string[] | undefined {
  return readJsonArray(text)?.map(({ canonical }) => canonical);
}

describe("the elements of a JSON array", () => {
  test("keep their own spelling", () => {
    const text = ' [ 1.0, 9007199254740993,"a,]\\"", { "b": [1, {}], "a": null } , [ ], true]';
    expect(readJsonArray(text)?.map((element) => element.text)).toEqual([
      "1.0",
      "9007199254740993",
      '"a,]\\""',
      '{ "b": [1, {}], "a": null }',
      "[ ]",
      "true",
    ]);
    expect(readJsonArray("[]")).toEqual([]);
  });

  test.each([
    ['[{"a":1,"b":[2.0]}]', '[{ "b": [20e-1], "a": 1.0 }]'],
    ['["A\\n"]', '["\\u0041\\u000a"]'],
    ["[100, 0]", "[1e2, -0.0]"],
  ])("are the same in every spelling: %s and %s", (x, y) => {
    expect(canonicals(x)).toEqual(canonicals(y));
  });

  test.each([
    ["[1]", '["1"]'],
    ["[9007199254740993]", "[9007199254740992]"],
    ["[[1,2]]", "[[2,1]]"],
    ['["a"]', '["A"]'],
    ["[null]", '["null"]'],
  ])("differ where values do: %s and %s", (x, y) => {
    expect(canonicals(x)).not.toEqual(canonicals(y));
  });

  test.each(["", "{}", "1", '"[]"', "[1,]", "[1] x", "['a']", "[NaN]", "null", "[01]"])(
    "are not there in what is no JSON array: %s",
    (text) => {
      expect(readJsonArray(text)).toBeNull();
    },
  );

  test("are not read where they are nested deeper than SQLite reads", () => {
    expect(readJsonArray(`${"[".repeat(900)}${"]".repeat(900)}`)).toHaveLength(1);
    expect(readJsonArray(`${"[".repeat(5000)}${"]".repeat(5000)}`)).toBeNull();
  });

  test("are what JSON.parse finds, in the same order", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (array, indent) => {
        const elements = readJsonArray(JSON.stringify(array, null, indent)) ?? [];
        expect(elements.map(({ text }): unknown => JSON.parse(text))).toEqual(
          JSON.parse(JSON.stringify(array)),
        );
      }),
    );
  });

  test("are ordered, numbers by size and first", () => {
    const elements = readJsonArray('["b", 10, {"a":1}, 9, "a", -1.5, [1], null, true]') ?? [];
    expect(elements.toSorted(compareElements).map(({ text }) => text)).toEqual([
      "-1.5",
      "9",
      "10",
      '"a"',
      '"b"',
      "[1]",
      "null",
      "true",
      '{"a":1}',
    ]);
  });
});
