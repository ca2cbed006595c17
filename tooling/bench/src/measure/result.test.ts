import { expect, test } from "vitest";
import { median, resultOf } from "./result.ts";

test("the median is the middle one, or halfway between the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test("a result carries its runs, its largest memory and its speed", () => {
  const timings = [
    { ms: 500, peakBytes: null, stdout: "" },
    { ms: 250, peakBytes: 9, stdout: "" },
    { ms: 1000, peakBytes: 4, stdout: "" },
  ];
  expect(resultOf("x", "words", timings, 100)).toEqual({
    id: "x",
    what: "words",
    timesMs: [500, 250, 1000],
    medianMs: 500,
    p99Ms: 1000,
    peakBytes: 9,
    rows: 100,
    rowsPerSecond: 200,
  });
  expect(resultOf("x", "words", timings.slice(0, 1)).rowsPerSecond).toBe(null);
});
