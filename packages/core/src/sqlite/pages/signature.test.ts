import fc from "fast-check";
import { expect, it } from "vitest";
import { TOKEN_BYTES, divideUnits, isToken, readSignature } from "./signature.ts";
import type { SignedUnits, Unit } from "./signature.ts";
import { createSignatureWriter } from "./signature-writer.ts";

interface Placed {
  readonly unit: Unit;
  readonly leaf: number;
}

const word = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const placed: fc.Arbitrary<Placed> = fc.record({
  unit: fc.record({
    first: fc.record({
      high: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      low: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    }),
    hash: word,
    chains: fc.oneof(fc.constant(0n), word),
  }),
  leaf: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});
/** Hashes are looked up: no two units of a tree have the same. */
const tree = fc.uniqueArray(placed, {
  selector: ({ unit }) => unit.hash,
  maxLength: 600,
  size: "max",
});

function expectTree({ signature, leaves }: SignedUnits, units: readonly Placed[]): void {
  const read = readSignature(signature);
  expect(read.length).toBe(units.length);
  expect([...leaves]).toEqual(units.map(({ leaf }) => leaf));
  for (const [place, { unit }] of units.entries()) {
    expect(read.find(unit.hash)).toBe(place);
    expect(read.isFirst(place, unit.first)).toBe(true);
    expect(read.chains(place)).toBe(unit.chains);
    expect(read.hasChains(place)).toBe(unit.chains !== 0n);
  }
}

it("the units of a table and of its key's index come back as they were written", () => {
  const property = fc.property(tree, fc.option(tree), fc.nat(700), (rows, keys, expected) => {
    const writer = createSignatureWriter(expected);
    for (const { unit, leaf } of rows) writer.add(unit, leaf);
    if (keys !== null) writer.divide();
    for (const { unit, leaf } of keys ?? []) writer.add(unit, leaf);
    const units = writer.units();
    expect(isToken(units.signature)).toBe(false);
    const divided = divideUnits(units);
    expectTree(divided.rows, rows);
    expect(divided.keys === null).toBe(keys === null);
    if (divided.keys !== null && keys !== null) expectTree(divided.keys, keys);
  });
  fc.assert(property, { endOnFailure: true });
});

it("units are copied from one signature into another", () => {
  const property = fc.property(tree, tree, (rows, others) => {
    const plain = rows.map(({ unit, leaf }) => ({ unit: { ...unit, chains: 0n }, leaf }));
    const from = createSignatureWriter(0);
    for (const { unit, leaf } of plain) from.add(unit, leaf);
    const before = from.units();
    const writer = createSignatureWriter(0);
    for (const { unit, leaf } of others) writer.add(unit, leaf);
    writer.divide();
    for (const place of plain.keys()) writer.copy(before, place);
    const { keys } = divideUnits(writer.units());
    expect(keys).not.toBeNull();
    if (keys !== null) expectTree(keys, plain);
  });
  fc.assert(property, { endOnFailure: true });
});

it("bytes that are no signature are not taken for one", () => {
  const writer = createSignatureWriter(1);
  writer.add({ first: { high: 0, low: 1 }, hash: 5n, chains: 0n }, 2);
  const { signature } = writer.units();
  for (const length of [0, 11, TOKEN_BYTES, signature.length - 1]) {
    expect(() => readSignature(signature.subarray(0, length))).toThrow("a signature is none");
  }
});
