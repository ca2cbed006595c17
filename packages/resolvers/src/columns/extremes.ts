import type { ColumnAnswer, ColumnRule, ColumnValues } from "./column-rule.ts";
import { createColumnRule } from "./column-rule.ts";
import { compareText } from "../value-order.ts";

/** The larger of two numbers, or the later of two texts: a high score, a version, a last visit. */
export const max: ColumnRule = createColumnRule({
  name: "max",
  version: "1",
  mergeColumn: (values) => extreme(values, 1),
});

/** The smaller of two numbers, or the earlier of two texts: a best time, a first visit. */
export const min: ColumnRule = createColumnRule({
  name: "min",
  version: "1",
  mergeColumn: (values) => extreme(values, -1),
});

/** @param sign - 1 for the greater value, -1 for the smaller one */
function extreme({ a, b }: ColumnValues, sign: 1 | -1): ColumnAnswer {
  const order = compareAlike(a, b);
  if (order === null) return { problem: "holds neither two numbers nor two texts" };
  // 1 and 1.0: neither is the greater one, and the choice would be one of storage, not of size.
  if (order === 0) return { problem: "holds the same number in two storage classes" };
  return { value: order * sign > 0 ? a : b };
}

function compareAlike(a: ColumnValues["a"], b: ColumnValues["b"]): number | null {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (!isNumeric(a) || !isNumeric(b)) return null;
  // JavaScript compares a bigint with a number exactly, also past 2^53.
  return Number(a > b) - Number(a < b);
}

function isNumeric(value: ColumnValues["a"]): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}
