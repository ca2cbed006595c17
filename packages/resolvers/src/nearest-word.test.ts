import { expect, test } from "vitest";
import { nearestWord } from "./nearest-word.ts";

test.each([
  ["prefer_a", "prefer-a"],
  ["PREFER-B", "prefer-b"],
  ["maximum", null],
  ["", null],
  ["text merge", null],
])("%j means %s", (typed, meant) => {
  expect(nearestWord(typed, ["prefer-a", "prefer-b", "max", "text"])).toBe(meant);
});
