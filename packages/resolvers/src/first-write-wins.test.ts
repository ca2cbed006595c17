import { expect, test } from "vitest";
import { NOW_MS, note, noteConflict } from "../test/conflicts.ts";
import { firstWriteWins } from "./first-write-wins.ts";

const context = { nowMs: NOW_MS };

test("the earlier edit wins", () => {
  expect(firstWriteWins().decide(noteConflict(), context)).toEqual({
    type: "take",
    side: "a",
    reason: 'Side a has the earlier time in "updated_at".',
  });
});

test("an edit beats a deletion, which has no time", () => {
  const conflict = noteConflict({ kind: "update/delete", a: null });
  expect(firstWriteWins().decide(conflict, context)).toMatchObject({ type: "take", side: "b" });
});

test.each([
  ["a tie", noteConflict({ b: note("oat milk", "2024-05-01 10:00:00") })],
  ["no time", noteConflict({ b: note("oat milk", null) })],
  ["no column for it", noteConflict({ timestampColumn: null })],
  ["a later time in the future", noteConflict({ b: note("oat milk", "2024-05-01 13:00:00") })],
  ["an earlier time in another format", noteConflict({ a: note("bread", 1714557600n) })],
  ["distrusted clocks", noteConflict({ clockSkew: "The clocks are 3 hours apart." })],
  ["two rows under one generated key", noteConflict({ kind: "insert/insert", base: null })],
])("nothing is guessed from %s", (_name, conflict) => {
  expect(firstWriteWins().decide(conflict, context)).toMatchObject({ type: "park" });
});
