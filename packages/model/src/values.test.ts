import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyToText, sameRow, sameValue, storageClassOf, valueToText } from "./values.ts";
import type { Row, SqlValue } from "./values.ts";

const values: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
);

const rows: fc.Arbitrary<Row> = fc.dictionary(fc.string(), values);

test.each<[SqlValue, string]>([
  [null, "null"],
  [1n, "integer"],
  [1, "real"],
  ["1", "text"],
  [new Uint8Array([1]), "blob"],
])("the storage class of %s is %s", (value, storageClass) => {
  expect(storageClassOf(value)).toBe(storageClass);
});

describe("equal values", () => {
  test("are of one storage class: 1n, 1, '1' and x'31' all differ", () => {
    const ones: SqlValue[] = [null, 1n, 1, "1", new Uint8Array([0x31])];
    for (const [i, x] of ones.entries()) {
      for (const [j, y] of ones.entries()) expect(sameValue(x, y)).toBe(i === j);
    }
  });

  test("are exact: integers past 2^53, neighbouring reals, case, NUL and normal form of text", () => {
    expect(sameValue(2n ** 53n, 2n ** 53n + 1n)).toBe(false);
    expect(sameValue(0.3, 0.1 + 0.2)).toBe(false);
    expect(sameValue("Ada", "ada")).toBe(false);
    expect(sameValue("a", "a\0")).toBe(false);
    expect(sameValue("\u00e9", "e\u0301")).toBe(false);
  });

  test("include 0 and -0, and infinities of one sign", () => {
    expect(sameValue(0, -0)).toBe(true);
    expect(sameValue(Infinity, Infinity)).toBe(true);
    expect(sameValue(Infinity, -Infinity)).toBe(false);
  });

  test("compare blobs by their bytes, whatever buffer holds them", () => {
    expect(sameValue(new Uint8Array([1, 2]), Buffer.from([1, 2]))).toBe(true);
    expect(sameValue(new Uint8Array([1, 2]), new Uint8Array([1, 3]))).toBe(false);
    expect(sameValue(new Uint8Array([1, 2]), new Uint8Array([1, 2, 0]))).toBe(false);
    expect(sameValue(new Uint8Array(), null)).toBe(false);
  });

  test("are what a copy gives, in either order", () => {
    fc.assert(
      fc.property(values, values, (x, y) => {
        expect(sameValue(x, structuredClone(x))).toBe(true);
        expect(sameValue(x, y)).toBe(sameValue(y, x));
        if (sameValue(x, y)) expect(storageClassOf(x)).toBe(storageClassOf(y));
      }),
    );
  });
});

describe("equal rows", () => {
  test("hold the same columns with the same values, in any order", () => {
    expect(sameRow({ id: 1n, name: "Ada" }, { name: "Ada", id: 1n })).toBe(true);
    expect(sameRow({ id: 1n }, { id: 1 })).toBe(false);
    expect(sameRow({ id: 1n }, { id: 1n, name: null })).toBe(false);
    expect(sameRow({ name: null }, { title: null })).toBe(false);
    expect(sameRow({ toString: null }, { id: null })).toBe(false);
  });

  test("may both be absent, but a row never equals an absence", () => {
    expect(sameRow(null, null)).toBe(true);
    expect(sameRow({}, null)).toBe(false);
    expect(sameRow(null, { id: 1n })).toBe(false);
  });

  test("are what a copy gives, and differ as soon as one value does", () => {
    fc.assert(
      fc.property(rows, fc.string(), values, (row, column, value) => {
        expect(sameRow(row, structuredClone(row))).toBe(true);
        const changed: Row = Object.fromEntries([...Object.entries(row), [column, value]]);
        const same = Object.hasOwn(row, column) && sameValue(row[column] ?? null, value);
        expect(sameRow(row, changed)).toBe(same);
        expect(sameRow(changed, row)).toBe(same);
      }),
    );
  });
});

describe("a value for people", () => {
  test.each<[string, SqlValue]>([
    ["NULL", null],
    ["9223372036854775807", 9223372036854775807n],
    ["7.0", 7],
    ["0.0", -0],
    ["0.1", 0.1],
    ["2.5e+300", 2.5e300],
    ["1e+21", 1e21],
    ["Inf", Infinity],
    ["-Inf", -Infinity],
    ["'Ada'", "Ada"],
    ["''", ""],
    ["x'00ff'", new Uint8Array([0, 255])],
    ["x''", new Uint8Array()],
    ["blob (1000 bytes)", new Uint8Array(1000)],
  ])("looks like %s", (text, value) => {
    expect(valueToText(value)).toBe(text);
  });

  test("is cut to the length asked for, with a mark, and never through a character", () => {
    expect(valueToText("x".repeat(58))).toBe(`'${"x".repeat(58)}'`);
    expect(valueToText("x".repeat(59))).toBe(`'${"x".repeat(58)}…`);
    expect(valueToText("abcdef", 5)).toBe("'abc…");
    expect(valueToText("ab😀cd", 5)).toBe("'ab…");
  });

  test("cannot write to the terminal or start a new line", () => {
    expect(valueToText("\u001b[2Ja\nb\0")).toBe("'\\x1b[2Ja\\x0ab\\x00'");
    fc.assert(
      fc.property(values, (value) => {
        expect(valueToText(value)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

test("a key for people names its columns in order", () => {
  expect(keyToText({ id: 7n })).toBe("id=7");
  expect(keyToText({ order_id: 1n, line: "a" })).toBe("order_id=1, line='a'");
  expect(keyToText({ "\u001b]0;": null })).toBe("\\x1b]0;=NULL");
  expect(keyToText({})).toBe("");
});
