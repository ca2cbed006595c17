import type { SqlValue } from "@sync/model";
import { sameRow, sameValue } from "@sync/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareRows, compareText, compareValues } from "./value-order.ts";

const values: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -2n, max: 2n }),
  fc.integer({ min: -2, max: 2 }),
  fc.double({ noNaN: true }),
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 3 }),
);

test("values come in the order of SQLite, storage classes first", () => {
  const ordered: SqlValue[] = [
    null,
    -Infinity,
    -(2n ** 63n),
    1n,
    1,
    1.5,
    2n ** 53n,
    2n ** 53n + 1n,
    Infinity,
    "",
    "B",
    "a",
    "a\0",
    "\u{FF01}",
    "\u{1F600}",
    new Uint8Array(),
    new Uint8Array([1]),
    new Uint8Array([1, 0]),
    new Uint8Array([2]),
  ];
  for (const [i, x] of ordered.entries()) {
    for (const [j, y] of ordered.entries()) {
      expect(Math.sign(compareValues(x, y)), `${i} and ${j}`).toBe(Math.sign(i - j));
    }
  }
});

test("only the same value is equal, and the order can be turned around and passed on", () => {
  fc.assert(
    fc.property(values, values, values, (x, y, z) => {
      expect(compareValues(x, y) === 0).toBe(sameValue(x, y));
      expect(Math.sign(compareValues(x, y))).toBe(-Math.sign(compareValues(y, x)) || 0);
      if (compareValues(x, y) <= 0 && compareValues(y, z) <= 0)
        expect(compareValues(x, z)).toBeLessThanOrEqual(0);
    }),
  );
});

test("texts come in the order of their UTF-8 bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (x, y) => {
      const bytes = Buffer.compare(Buffer.from(x), Buffer.from(y));
      expect(Math.sign(compareText(x, y))).toBe(bytes);
    }),
  );
});

test("rows are compared column by column, whatever the order of their columns", () => {
  const row = fc.record({ id: fc.constant(7n), body: values, at: values });
  fc.assert(
    fc.property(row, row, (x, y) => {
      expect(compareRows(x, y) === 0).toBe(sameRow(x, y));
      const { id, body, at } = x;
      expect(compareRows({ at, body, id }, y)).toBe(compareRows(x, y));
    }),
  );
});
