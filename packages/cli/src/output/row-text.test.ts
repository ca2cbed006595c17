import type { RowDiff } from "@sync/model";
import { expect, it } from "vitest";
import { plainTerminal } from "../../test/plain-terminal.ts";
import { rowDiffText } from "./row-text.ts";

function textOf(row: Partial<RowDiff>, withTable = false): string {
  const full = { table: "t", key: { id: 1n }, a: null, b: null, changed: [], ...row };
  return rowDiffText(full, plainTerminal(), { withTable });
}

it("shows old and new value of each changed column", () => {
  const a = { id: 1n, name: "Ada", vat: 1n };
  const b = { id: 1n, name: "Bo", vat: 1 };
  expect(textOf({ a, b, changed: ["name", "vat"] }, true)).toBe(
    "t\n  id=1  changed\n    name: 'Ada' → 'Bo'\n    vat: 1 → 1.0",
  );
});

it("shows a row that only one side has", () => {
  expect(textOf({ a: { id: 1n, name: null } })).toBe("  id=1  only in a\n    name: NULL");
  expect(textOf({ b: { id: 1n, name: "x" } })).toBe("  id=1  only in b\n    name: 'x'");
});

it("shows a row without a key once", () => {
  const row = { body: "milk", at: 1n };
  expect(textOf({ key: row, a: row })).toBe("  body='milk', at=1  only in a");
});

it("says where two long values part", () => {
  const long = "x".repeat(100);
  const a = { id: 1n, body: `${long}a`, image: new Uint8Array(50) };
  const b = { id: 1n, body: `${long}b`, image: new Uint8Array(50).fill(1, 7) };
  const text = textOf({ a, b, changed: ["body", "image"] });
  expect(text).toMatch(/\(they differ\s+from character 101 on\)/);
  expect(text).toContain("(they differ from byte 8 on)");
});

it("says so where the difference is not valid text", () => {
  const row = { id: 1n, body: "\uFFFD" };
  expect(textOf({ a: row, b: row, changed: ["body"] })).toContain("bytes that are not valid text");
});
