import { sameValue } from "@sync/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRowEncoder } from "./row-encoder.ts";

type Encoded = Parameters<ReturnType<typeof createRowEncoder>["encode"]>[0];

function encoded(row: Encoded): string {
  return Buffer.from(createRowEncoder().encode(row)).toString("hex");
}

/** Bytes that look like the head of a text without a length. */
const HEAD = `\u0003${"\0".repeat(8)}`;

test("a text that looks like the border between two is not taken for one", () => {
  expect(encoded([`a${HEAD}b`, ""])).not.toBe(encoded(["a", `b${HEAD}`]));
});

test("classes of the same value are told apart, zero and minus zero are not", () => {
  const values = [null, 1n, 1, "1", { text: Buffer.from("1\0") }, Buffer.from("1")];
  expect(new Set(values.map((value) => encoded([value]))).size).toBe(values.length);
  expect(encoded([-0])).toBe(encoded([0]));
});

test("different rows give different bytes, whatever was encoded before", () => {
  const value = fc.oneof(
    fc.constantFrom(null, 0n, 0, "", "a", HEAD),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true }),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
  );
  const row = fc.tuple(value, value, value);
  const shared = createRowEncoder();
  fc.assert(
    fc.property(row, row, (one, other) => {
      const first = Buffer.from(shared.encode(one)).toString("hex");
      expect(first).toBe(encoded(one));
      const isSame = one.every((part, index) => sameValue(part, other[index] ?? null));
      expect(first === encoded(other)).toBe(isSame);
    }),
  );
});
