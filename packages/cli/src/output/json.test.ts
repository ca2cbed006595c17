import fc from "fast-check";
import type { SqlValue } from "@sync/model";
import { expect, it } from "vitest";
import { jsonText, valueToJson } from "./json.ts";

it("keeps storage classes apart where JSON would not", () => {
  const values: SqlValue[] = [null, 1n, 1, "1", 1.5, 2n ** 53n, Number.POSITIVE_INFINITY, 1e300];
  expect([...values, new Uint8Array([0, 255])].map((value) => valueToJson(value))).toEqual([
    null,
    1,
    { real: "1.0" },
    "1",
    1.5,
    { integer: "9007199254740992" },
    { real: "Inf" },
    { real: "1e+300" },
    { blob: "00ff" },
  ]);
});

const sqlValue: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map((n) => BigInt(n)),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.string(),
  fc.uint8Array({ maxLength: 8 }),
);

/** What a reader of the lines would do. */
function jsonToValue(json: unknown): SqlValue {
  if (json === null || typeof json === "string") return json;
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  const [[type, text]] = Object.entries(json as Record<string, string>) as [[string, string]];
  if (type === "integer") return BigInt(text);
  if (type === "blob") return new Uint8Array(Buffer.from(text, "hex"));
  return Number(text.replace("Inf", "Infinity"));
}

it("can be read back exactly", () => {
  fc.assert(
    fc.property(sqlValue, (value) => {
      const line = JSON.stringify(valueToJson(value));
      // 0.0 and -0.0 count as equal (DESIGN §3.13).
      expect(jsonToValue(JSON.parse(line))).toEqual(Object.is(value, -0) ? 0 : value);
    }),
  );
});

it("writes integers of an error's details as numbers as far as they are exact", () => {
  expect(jsonText({ rows: 7n, id: 2n ** 60n })).toBe('{"rows":7,"id":"1152921504606846976"}');
});
