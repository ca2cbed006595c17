import type { SqlValue } from "@sync/model";
import { expect, test } from "vitest";
import { max, min } from "./extremes.ts";

test.each<[SqlValue, SqlValue]>([
  [1n, 2n],
  [2n ** 53n, 2n ** 53n + 1n],
  [-Infinity, -(2n ** 63n)],
  [1.5, 2n],
  ["2024-05-01", "2024-05-02"],
  ["\u{FF01}", "\u{1F600}"],
])("%s is less than %s, on either side", (less, more) => {
  const base = null;
  expect(max.mergeColumn({ base, a: less, b: more })).toEqual({ value: more });
  expect(max.mergeColumn({ base, a: more, b: less })).toEqual({ value: more });
  expect(min.mergeColumn({ base, a: less, b: more })).toEqual({ value: less });
  expect(min.mergeColumn({ base, a: more, b: less })).toEqual({ value: less });
});

test.each<[string, SqlValue, SqlValue]>([
  ["a number and a text", 1n, "2"],
  ["a number and NULL", 1n, null],
  ["blobs", new Uint8Array([1]), new Uint8Array([2])],
  ["one number in two storage classes", 1n, 1],
])("%s have no order that people would agree on", (_name, a, b) => {
  expect(max.mergeColumn({ base: null, a, b })).toHaveProperty("problem");
  expect(min.mergeColumn({ base: null, a: b, b: a })).toHaveProperty("problem");
});
