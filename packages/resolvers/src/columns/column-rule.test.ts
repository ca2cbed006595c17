import type { Conflict } from "@sync/model";
import { describe, expect, test } from "vitest";
import { CONSTRAINT_KINDS, NOW_MS, noteConflict } from "../../test/conflicts.ts";
import { createColumnRule } from "./column-rule.ts";

const both = createColumnRule({
  name: "both",
  version: "1",
  mergeColumn: ({ a, b }) =>
    typeof a === "string" && typeof b === "string"
      ? { value: [a, b].toSorted().join(", ") }
      : { problem: "holds no text" },
});

function decide(changes: Partial<Conflict>): unknown {
  return both.decide(noteConflict(changes), { nowMs: NOW_MS });
}

describe("a column rule as a policy", () => {
  test("writes the disputed columns, and leaves key and everything else alone", () => {
    expect(decide({})).toEqual({
      type: "write",
      row: { body: "milk and bread, oat milk" },
      reason: 'The policy both merges "body".',
    });
  });

  test("parks the row where one column has no answer", () => {
    const a = { id: 7n, body: "x", pieces: 1n };
    const b = { id: 7n, body: "y", pieces: 2n };
    expect(decide({ base: a, a, b, disputed: ["body", "pieces"] })).toEqual({
      type: "park",
      reason: 'The column "pieces" holds no text.',
    });
  });

  test("never decides about the spelling of a key", () => {
    const a = { name: "Ada", n: 1n };
    const b = { name: "ADA", n: 1n };
    const changes = { key: { name: "ada" }, base: { name: "ada", n: 1n }, a, b };
    expect(decide({ ...changes, disputed: ["name"] })).toMatchObject({ type: "park" });
  });

  test("takes a value that both sides have, unless it may hide bytes that differ", () => {
    const [base, same] = [noteConflict().base, noteConflict().a];
    expect(decide({ base, a: same, b: same })).toMatchObject({ row: { body: "milk and bread" } });
    const hidden = { ...same, body: "milk \u{FFFD}" };
    expect(decide({ a: hidden, b: { ...hidden } })).toEqual({
      type: "park",
      reason: 'The column "body" holds text that is not valid UTF-8.',
    });
  });

  test.each<Conflict["kind"]>(["insert/insert", "update/delete", ...CONSTRAINT_KINDS])(
    "says that it does not decide about whole rows: %s",
    (kind) => {
      expect(decide({ kind })).toEqual({
        type: "park",
        reason: "The policy both decides only about columns of a row that both sides changed.",
      });
    },
  );
});
