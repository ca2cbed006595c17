import type { SqlValue } from "@sync/model";
import type { ColumnAnswer, ColumnRule, ColumnValues } from "./column-rule.ts";
import { createColumnRule } from "./column-rule.ts";
import type { Decimal } from "./decimal.ts";
import { addSubtract, decimalToNumber, parseDecimal } from "./decimal.ts";

/**
 * A counter: what each side added since the base is added up, `base + Δa + Δb`. Stock, balances, clicks.
 *
 * Integers are exact, or parked where the sum leaves 64 bits. Reals are added as the decimals that they
 * print as: 10.1 and 10.2 on 10.0 make 10.3, not 10.299999999999997. Anything but numbers parks.
 */
export const sum: ColumnRule = createColumnRule({
  name: "sum",
  version: "1",
  needsTree: true,
  mergeColumn: addChanges,
});

function addChanges({ base, a, b }: ColumnValues): ColumnAnswer {
  if (typeof base === "bigint" && typeof a === "bigint" && typeof b === "bigint") {
    const total = a + b - base;
    if (BigInt.asIntN(64, total) !== total) return { problem: "would overflow 64 bits" };
    return { value: total };
  }
  const [decimalBase, decimalA, decimalB] = [base, a, b].map(toDecimal);
  if (!decimalBase || !decimalA || !decimalB) {
    return { problem: "does not hold three numbers that can be added up" };
  }
  const total = decimalToNumber(addSubtract(decimalA, decimalB, decimalBase));
  return Number.isFinite(total) ? { value: total } : { problem: "would become infinite" };
}

/** `null` for what is not a finite number. An integer past 2^53 beside a REAL would lose digits in the sum. */
function toDecimal(value: SqlValue): Decimal | null {
  if (typeof value === "bigint" && !Number.isSafeInteger(Number(value))) return null;
  return typeof value === "bigint" || typeof value === "number"
    ? parseDecimal(String(value))
    : null;
}
