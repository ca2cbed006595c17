import fc from "fast-check";
import { expect, test } from "vitest";
import type { CanonicalRow } from "../dump/dump.ts";
import { judgeRow } from "./row-rule.ts";
import type { Maybe, ReferencePolicy } from "./policies.ts";
import type { RuleContext, Three, Verdict } from "./row-rule.ts";

const table = {
  name: "t",
  columns: ["id", "x", "y", "updated_at"],
  key: [{ name: "id", collation: "BINARY" }],
  generatedKey: false,
  timestampColumn: "updated_at",
  constrained: false,
};

function context(policy: ReferencePolicy, changes: Partial<RuleContext> = {}): RuleContext {
  return {
    table,
    policy,
    hasBase: true,
    timesApart: false,
    nowMs: Date.UTC(2024, 5, 1),
    ...changes,
  };
}

/** `row("1 2 3")`: x, y, day of January 2024. */
function row(text: string): CanonicalRow {
  const [x = "", y = "", day = ""] = text.split(" ");
  const time = day === "-" ? "null" : `text '2024-01-0${day}'`;
  return { id: "integer 1", x: `integer ${x}`, y: `integer ${y}`, updated_at: time };
}

function three(base: string | null, a: string | null, b: string | null): Three {
  const of = (text: string | null): Maybe => (text === null ? null : row(text));
  return { base: of(base), a: of(a), b: of(b) };
}

const lines: readonly (readonly [
  before: readonly [base: string | null, a: string | null, b: string | null],
  type: Verdict["type"],
  results: readonly (string | null)[],
])[] = [
  [["1 1 1", "1 1 1", "1 1 1"], "unchanged", ["1 1 1"]],
  [["1 1 1", "2 1 2", "1 1 1"], "copied", ["2 1 2"]],
  [["1 1 2", "1 1 2", "2 1 1"], "copied", ["2 1 1"]],
  [[null, "1 1 1", null], "copied", ["1 1 1"]],
  [["1 1 1", null, "1 1 1"], "copied", [null]],
  [["1 1 1", "2 1 2", "2 1 2"], "agreed", ["2 1 2"]],
  [["1 1 1", null, null], "agreed", [null]],
  [[null, "1 1 1", "1 1 1"], "agreed", ["1 1 1"]],
  [["1 1 1", "2 1 2", "1 2 3"], "merged", ["2 2 3"]],
  [["1 1 1", "2 1 3", "2 3 2"], "merged", ["2 3 3"]],
  [["1 1 1", "2 1 -", "1 2 3"], "merged", ["2 2 -", "2 2 3"]],
  [["1 1 1", "2 1 2", "3 1 3"], "resolved", ["3 1 3"]],
  [["1 1 1", "2 2 2", "3 1 3"], "resolved", ["3 2 3"]],
  [["1 1 1", "2 1 2", "3 1 2"], "parked", []],
  [["1 1 1", "2 1 2", "3 1 -"], "parked", []],
  [["1 1 1", "2 1 1", null], "resolved", ["2 1 1"]],
  [[null, "1 1 1", "2 1 2"], "resolved", ["2 1 2"]],
];

test.each(lines)("last-write-wins: %j is %s", (before, type, results) => {
  expect(judgeRow(three(...before), context("last-write-wins"))).toMatchObject({
    type,
    results: results.map((text) => (text === null ? null : row(text))),
  });
});

test("the other policies decide by side or not at all", () => {
  const dispute = three("1 1 1", "2 2 2", "3 1 3");
  expect(judgeRow(dispute, context("prefer-a")).results).toEqual([row("2 2 3")]);
  expect(judgeRow(dispute, context("prefer-b")).results).toEqual([row("3 2 3")]);
  expect(judgeRow(dispute, context("manual")).type).toBe("parked");
  const deletion = three("1 1 1", null, "3 1 3");
  expect(judgeRow(deletion, context("prefer-a")).results).toEqual([null]);
  expect(judgeRow(deletion, context("prefer-b")).results).toEqual([row("3 1 3")]);
  expect(judgeRow(deletion, context("manual")).type).toBe("parked");
});

test("two inserts under a generated key, or a time in the future, are not guessed about", () => {
  const inserts = three(null, "1 1 1", "2 1 2");
  const generated = { table: { ...table, generatedKey: true } };
  expect(judgeRow(inserts, context("last-write-wins", generated)).type).toBe("parked");
  const first = { ...generated, hasBase: false };
  expect(judgeRow(inserts, context("last-write-wins", first)).type).toBe("resolved");
  const early = { nowMs: Date.UTC(2024, 0, 1) };
  expect(judgeRow(inserts, context("last-write-wins", early)).type).toBe("parked");
});

const cells = fc.constantFrom("1", "2", "3");
const rows = fc.option(
  fc.tuple(cells, cells, fc.constantFrom("1", "2", "3", "-")).map((parts) => row(parts.join(" "))),
);

test("with a and b swapped the answer is the swapped one", () => {
  const mirror = { "prefer-a": "prefer-b", "prefer-b": "prefer-a" } as const;
  fc.assert(
    fc.property(
      fc.record({ base: rows, a: rows, b: rows }),
      fc.constantFrom<ReferencePolicy>("prefer-a", "manual", "last-write-wins"),
      ({ base, a, b }, policy) => {
        const swapped = policy === "prefer-a" ? mirror[policy] : policy;
        const one = judgeRow({ base, a, b }, context(policy));
        const other = judgeRow({ base, a: b, b: a }, context(swapped));
        expect(other.type).toBe(one.type);
        expect(new Set(other.results.map((result) => JSON.stringify(result)))).toEqual(
          new Set(one.results.map((result) => JSON.stringify(result))),
        );
      },
    ),
  );
});

test("what a verdict leaves behind is settled", () => {
  fc.assert(
    fc.property(fc.record({ base: rows, a: rows, b: rows }), (before) => {
      for (const result of judgeRow(before, context("last-write-wins")).results) {
        const again = judgeRow({ base: result, a: result, b: result }, context("manual"));
        expect(again.type).toBe("unchanged");
      }
    }),
  );
});
