import { storageClassOf } from "@sync/model";
import type { SqlValue, StorageClass } from "@sync/model";
import fc from "fast-check";

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/** The run's now in every generated case: 2024-05-01 12:00:00 UTC. */
export const NOW_MS: number = Date.UTC(2024, 4, 1, 12);

/** Values of the same storage classes as the examples; NULL only where an example is NULL. */
export function valuesLike(examples: readonly SqlValue[]): fc.Arbitrary<SqlValue> {
  const classes = [...new Set(examples.map((example) => storageClassOf(example)))];
  return fc.oneof(
    fc.constantFrom(...examples),
    ...classes.map((storageClass) => ofClass(storageClass, examples)),
  );
}

/** Times around now, of one conflict all in one format or each in its own; some are missing or no time at all. */
export function timesLike(examples: readonly SqlValue[]): fc.Arbitrary<readonly SqlValue[]> {
  const ms = fc.integer({ min: NOW_MS - 1_000_000, max: NOW_MS + 500_000 });
  const threeOf = (format: (time: number) => SqlValue): fc.Arbitrary<SqlValue[]> =>
    fc.array(ms.map(format), { minLength: 3, maxLength: 3 });
  const mixed = fc.oneof(
    fc.constantFrom(...examples, null, "yesterday", "2024-02-30 00:00:00", 0n),
    ...FORMATS.map((format) => ms.map(format)),
  );
  return fc.oneof(
    ...FORMATS.map((format) => threeOf(format)),
    fc.array(mixed, { minLength: 3, maxLength: 3 }),
  );
}

const FORMATS: readonly ((ms: number) => SqlValue)[] = [
  (ms) => new Date(ms).toISOString(),
  (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " "),
  (ms) => BigInt(ms),
  (ms) => BigInt(Math.floor(ms / 1000)),
  (ms) => ms / 1000,
];

function ofClass(
  storageClass: StorageClass,
  examples: readonly SqlValue[],
): fc.Arbitrary<SqlValue> {
  switch (storageClass) {
    case "null":
      return fc.constant(null);
    case "integer":
      return fc.oneof(
        fc.bigInt({ min: -100n, max: 100n }),
        fc.bigInt({ min: MIN_INTEGER, max: MAX_INTEGER }),
      );
    case "real":
      // 0 and -0 are one value.
      return fc.oneof(
        fc.double({ noNaN: true }).map((real) => real || 0),
        fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100),
      );
    case "text":
      return textsLike(examples.filter((example) => typeof example === "string"));
    case "blob":
      return fc.uint8Array({ maxLength: 8 });
  }
}

/** Where the examples are JSON arrays, others of such elements; else the examples' words in other orders. */
function textsLike(examples: readonly string[]): fc.Arbitrary<SqlValue> {
  const arrays = examples.map(jsonArrayOf).filter((array) => array !== null);
  if (arrays.length === examples.length) {
    const element = fc.oneof(fc.constantFrom(...arrays.flat(), 1, "x"), fc.jsonValue());
    return fc.array(element, { maxLength: 5 }).map((array) => JSON.stringify(array));
  }
  const words = examples.flatMap((example) => example.split(/(?<=\s)/));
  return fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc
      .array(fc.constantFrom(...words, "and ", "then\n"), { maxLength: 8 })
      .map((list) => list.join("")),
  );
}

function jsonArrayOf(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
