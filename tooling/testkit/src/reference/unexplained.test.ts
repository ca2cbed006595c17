import { expect, test } from "vitest";
import type { CanonicalRow } from "../dump/dump.ts";
import { expectedOutcome } from "./expected.ts";
import type { ExpectedTable } from "./expected.ts";
import { unexplained } from "./unexplained.ts";

function row(id: number, x: number): CanonicalRow {
  return { id: `integer ${id}`, x: `integer ${x}` };
}

const base = { t: [row(1, 1), row(2, 1), row(3, 1)], bag: [row(9, 9)] };
const a = { t: [row(1, 2), row(3, 1)], bag: [row(9, 9), row(9, 9)] };
const b = { t: [row(1, 3), row(2, 1), row(3, 1), row(4, 1)], bag: [] };

function expected(constrained: boolean): ExpectedTable[] {
  const columns = ["id", "x"];
  const common = { columns, generatedKey: false, timestampColumn: null, constrained };
  return expectedOutcome({
    tables: [
      { name: "t", key: [{ name: "id", collation: "BINARY" }], ...common },
      { name: "bag", key: [], ...common },
    ],
    base,
    a,
    b,
    policy: "manual",
    nowMs: 0,
  });
}

const bag = [row(9, 9), row(9, 9)];
const right = {
  a: { t: [row(1, 2), row(3, 1), row(4, 1)], bag },
  b: { t: [row(1, 3), row(3, 1), row(4, 1)], bag },
};

test("what the rule says is explained", () => {
  expect(unexplained(expected(false), right)).toEqual([]);
  expect(unexplained(expected(true), right)).toEqual([]);
});

test("where constraints can refuse, rows may stay as they were", () => {
  expect(unexplained(expected(true), { a, b })).toEqual([]);
  expect(unexplained(expected(false), { a, b })).toHaveLength(3);
});

test.each([
  ["a lost row", { ...right, a: { ...right.a, t: [row(1, 2), row(4, 1)] } }],
  ["an overwritten dispute", { ...right, a: { ...right.a, t: right.b.t } }],
  ["a row from nowhere", { ...right, a: { ...right.a, t: [...right.a.t, row(5, 1)] } }],
  ["a third copy in a bag", { ...right, b: { ...right.b, bag: [...bag, row(9, 9)] } }],
])("%s is not", (_, after) => {
  expect(unexplained(expected(false), after)).toHaveLength(1);
  expect(unexplained(expected(true), after)).toHaveLength(1);
});
