import { expect, test } from "vitest";
import {
  CONSTRAINT_KINDS,
  NOW_MS,
  VERSION_KINDS,
  noteConflict,
  onSideB,
} from "../test/conflicts.ts";
import { manual } from "./manual.ts";
import { preferA, preferB } from "./prefer-side.ts";

const context = { nowMs: NOW_MS };

test.each(VERSION_KINDS)(
  "the preferred side wins %s, whatever the timestamps say",
  async (kind) => {
    expect(await preferA.decide(noteConflict({ kind }), context)).toMatchObject({
      type: "take",
      side: "a",
    });
    expect(await preferB.decide(noteConflict({ kind }), context)).toMatchObject({
      type: "take",
      side: "b",
    });
  },
);

test("the preferred side's deletion wins over an edit", async () => {
  const conflict = noteConflict({ kind: "update/delete", a: null });
  expect(await preferA.decide(conflict, context)).toMatchObject({ type: "take", side: "a" });
});

test.each(CONSTRAINT_KINDS)(
  "the preferred side insists where it breaks a constraint: %s",
  (kind) => {
    const conflict = noteConflict({ kind, base: null, b: null, constraint: onSideB });
    expect(preferA.decide(conflict, context)).toMatchObject({ type: "take", side: "a" });
    expect(preferB.decide(conflict, context)).toMatchObject({ type: "take", side: "b" });
  },
);

test.each([...VERSION_KINDS, ...CONSTRAINT_KINDS])("manual parks %s", async (kind) => {
  expect(await manual.decide(noteConflict({ kind }), context)).toMatchObject({ type: "park" });
});
