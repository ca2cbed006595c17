import fc from "fast-check";
import { expect, test } from "vitest";
import { addSubtract, compareDecimals, decimalToNumber, parseDecimal } from "./decimal.ts";
import type { Decimal } from "./decimal.ts";

function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === null) throw new Error(`${text} is no number`);
  return value;
}

test.each([
  ["12.50e3", 125n, 2],
  ["-0.0010", -1n, -3],
  ["100", 1n, 2],
  ["-0.0", 0n, 0],
  ["1e+21", 1n, 21],
  ["9007199254740993", 9007199254740993n, 0],
])("%s is read exactly", (text, digits, exponent) => {
  expect(parseDecimal(text)).toEqual({ digits, exponent });
});

test.each(["", "-", "1.", ".5", "0x1", "Infinity", "NaN", "true", '"1"', `1e${"9".repeat(20)}`])(
  "%s is no number",
  (text) => {
    expect(parseDecimal(text)).toBeNull();
  },
);

test("every number of JavaScript survives", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (real) => {
      expect(decimalToNumber(decimal(String(real)))).toBe(real === 0 ? 0 : real);
    }),
  );
});

test("adding is exact where doubles are not", () => {
  const total = addSubtract(decimal("10.1"), decimal("10.2"), decimal("10"));
  expect(decimalToNumber(total)).toBe(10.3);
  expect(10.1 + 10.2 - 10).not.toBe(10.3);
});

test("decimals are ordered by size, however far their exponents lie apart", () => {
  expect(compareDecimals(decimal("1e999999999"), decimal("1e-999999999"))).toBeGreaterThan(0);
  expect(compareDecimals(decimal("-1e999999999"), decimal("1"))).toBeLessThan(0);
  const reals = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
  fc.assert(
    fc.property(reals, reals, (x, y) => {
      const order = compareDecimals(decimal(String(x)), decimal(String(y)));
      expect(Math.sign(order)).toBe(Number(x > y) - Number(x < y));
    }),
  );
});
