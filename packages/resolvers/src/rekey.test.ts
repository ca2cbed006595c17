import type { Conflict } from "@sync/model";
import { describe, expect, test } from "vitest";
import { NOW_MS, note, noteConflict } from "../test/conflicts.ts";
import { rekey } from "./rekey.ts";

function decide(changes: Partial<Conflict>): unknown {
  const conflict = noteConflict({ kind: "insert/insert", base: null, ...changes });
  return rekey.decide(conflict, { nowMs: NOW_MS });
}

describe("two new rows under one generated key", () => {
  test("are both kept: the greater one moves, whichever side it is on", () => {
    const [ada, grace] = [note("Ada", null), note("Grace", null)];
    expect(decide({ a: ada, b: grace })).toEqual({
      type: "rekey",
      side: "b",
      reason: "The sides gave one generated key to two different rows: both are kept.",
    });
    expect(decide({ a: grace, b: ada })).toMatchObject({ type: "rekey", side: "a" });
  });

  test("park without a base, where they may be one row that was edited", () => {
    expect(decide({ hasBase: false })).toMatchObject({ type: "park" });
  });

  test("park where they show the same values and differ in bytes that are not UTF-8", () => {
    const broken = note("M\u{FFFD}ller", null);
    expect(decide({ a: broken, b: { ...broken } })).toMatchObject({ type: "park" });
  });
});

test.each<Partial<Conflict>>([
  { generatedKey: false },
  { kind: "update/update" },
  { kind: "update/delete", b: null },
  { kind: "unique", b: null },
])("everything else parks: %o", (changes) => {
  expect(decide(changes)).toMatchObject({ type: "park" });
});
