import { isSyncError } from "@sync/model";
import type { Conflict, Decision, Row } from "@sync/model";
import { describe, expect, test } from "vitest";
import { CONSTRAINT_KINDS, NOW_MS, note, noteConflict } from "../test/conflicts.ts";
import { lastWriteWins } from "./last-write-wins.ts";

async function decide(
  changes: Partial<Conflict>,
  allowedSkewMs?: number,
): Promise<Decision | undefined> {
  const policy = lastWriteWins(allowedSkewMs === undefined ? {} : { allowedSkewMs });
  return policy.decide(noteConflict(changes), { nowMs: NOW_MS });
}

/** A time as far from now as said, in seconds. */
function fromNow(seconds: number): string {
  return new Date(NOW_MS + seconds * 1000).toISOString();
}

describe("two edits", () => {
  test("the later one wins", async () => {
    expect(await decide({})).toEqual({
      type: "take",
      side: "b",
      reason: 'Side b has the later time in "updated_at".',
    });
    expect(await decide({ a: note("x", "2024-05-01 11:00:01") })).toMatchObject({
      type: "take",
      side: "a",
    });
  });

  test.each<[string, Row[string], Row[string]]>([
    ["seconds", 1714557600n, 1714557601n],
    ["seconds with a fraction", 1714557600.5, 1714557600.75],
    ["seconds with and without a fraction", 1714557600n, 1714557600.5],
    ["milliseconds", 1714557600000n, 1714557600001n],
    ["microseconds", 1714557600000000n, 1714557600000001n],
    ["SQLite's text", "2024-05-01 10:00:00", "2024-05-01 10:00:00.5"],
    ["ISO 8601 in two zones", "2024-05-01T11:59:59+02:00", "2024-05-01T10:00:00Z"],
  ])("are compared as %s", async (_name, earlier, later) => {
    expect(await decide({ a: note("x", earlier), b: note("y", later) })).toMatchObject({
      type: "take",
      side: "b",
    });
    expect(await decide({ a: note("x", later), b: note("y", earlier) })).toMatchObject({
      type: "take",
      side: "a",
    });
  });

  test.each<[string, Row[string], Row[string]]>([
    ["text and seconds", "2024-05-01 10:00:00", 1714557601n],
    ["seconds and milliseconds", 1714557600n, 1714557600001n],
    ["ISO 8601 and SQLite's text", "2024-05-01T10:00:00", "2024-05-01 10:00:01"],
    ["with and without a zone", "2024-05-01T10:00:00Z", "2024-05-01T10:00:01"],
    ["a date and a time", "2024-05-01", "2024-05-01 10:00:01"],
  ])("in two formats park, since clocks and zones need not agree: %s", async (_name, x, y) => {
    const expected = { type: "park", cause: "clock-skew" };
    expect(await decide({ a: note("x", x), b: note("y", y) })).toMatchObject(expected);
    expect(await decide({ a: note("x", y), b: note("y", x) })).toMatchObject(expected);
  });

  test("park where the run has found the clocks to be apart", async () => {
    const clockSkew = "The newest times of the two sides are 3 hours apart.";
    expect(await decide({ clockSkew })).toEqual({
      type: "park",
      reason: clockSkew,
      cause: "clock-skew",
    });
    expect(await decide({ clockSkew, kind: "update/delete", b: null })).toMatchObject({
      type: "take",
      side: "a",
    });
  });

  test("the column that the conflict names is read, whatever its name", async () => {
    const a = { ...note("x", "2024-05-01 11:59:00"), changed: 5n };
    const b = { ...note("y", "2024-05-01 10:00:00"), changed: 6n };
    expect(await decide({ a, b, timestampColumn: "changed" })).toMatchObject({
      type: "take",
      side: "b",
    });
  });

  test("at the same instant park, also when it is written differently", async () => {
    expect(
      await decide({
        a: note("x", "2024-05-01T12:00:00+02:00"),
        b: note("y", "2024-05-01T10:00:00.000Z"),
      }),
    ).toEqual({
      type: "park",
      reason: 'Both sides carry the same time in "updated_at".',
    });
  });

  test.each([null, "", "yesterday", "2024-02-30 10:00:00", -5n, 0n, new Uint8Array([1])])(
    "park where a time is not readable: %s",
    async (junk) => {
      expect(await decide({ a: note("x", junk) })).toEqual({
        type: "park",
        reason: 'Side a has no readable time in "updated_at".',
      });
      expect(await decide({ a: note("x", junk), b: note("y", junk) })).toEqual({
        type: "park",
        reason: 'Neither side has a readable time in "updated_at".',
      });
    },
  );

  test("park without a timestamp column, and where a row lacks it", async () => {
    expect(await decide({ timestampColumn: null })).toMatchObject({ type: "park" });
    expect(await decide({ b: { id: 7n, body: "y" } })).toEqual({
      type: "park",
      reason: 'Side b has no readable time in "updated_at".',
    });
  });

  test("never show row contents in the reason", async () => {
    const decision = await decide({ a: note("secret", "not a time: secret") });
    expect(JSON.stringify(decision)).not.toContain("secret");
  });
});

describe("a time in the future", () => {
  test("wins up to the allowed skew of five minutes and not beyond", async () => {
    expect(await decide({ a: note("x", fromNow(0)), b: note("y", fromNow(300)) })).toMatchObject({
      type: "take",
      side: "b",
    });
    expect(await decide({ a: note("x", fromNow(0)), b: note("y", fromNow(300.001)) })).toEqual({
      type: "park",
      reason: 'The time in "updated_at" on side b lies too far in the future: check the clocks.',
      cause: "clock-skew",
    });
    expect(await decide({ a: note("x", fromNow(301)), b: note("y", fromNow(301)) })).toMatchObject({
      reason:
        'The time in "updated_at" on both sides lies too far in the future: check the clocks.',
    });
  });

  test("is measured with another allowance, which is another version of the policy", async () => {
    expect(await decide({ a: note("x", fromNow(0)), b: note("y", fromNow(1)) }, 0)).toMatchObject({
      type: "park",
    });
    expect(
      await decide({ a: note("x", fromNow(0)), b: note("y", fromNow(3600)) }, 3_600_000),
    ).toMatchObject({
      type: "take",
    });
    expect(lastWriteWins({ allowedSkewMs: 1 }).version).not.toBe(lastWriteWins().version);
  });

  test.each([-1, Number.NaN])("an allowance of %s is refused", (allowedSkewMs) => {
    expect(() => lastWriteWins({ allowedSkewMs })).toThrow(
      expect.toSatisfy((error: unknown) => isSyncError(error) && error.code === "SYNC_USAGE"),
    );
  });
});

describe("an edit against a deletion", () => {
  test.each([
    ["with a time", note("x", "2024-05-01 10:00:00"), "updated_at"],
    ["with a time far ahead", note("x", fromNow(86_400)), "updated_at"],
    ["without a time", note("x", null), "updated_at"],
    ["without a timestamp column", note("x", null), null],
  ])("wins %s", async (_name, edit, timestampColumn) => {
    const kind = "update/delete";
    expect(await decide({ kind, a: edit, b: null, timestampColumn })).toMatchObject({
      type: "take",
      side: "a",
    });
    expect(await decide({ kind, a: null, b: edit, timestampColumn })).toMatchObject({
      type: "take",
      side: "b",
    });
  });
});

describe("two inserts under one key", () => {
  const kind = "insert/insert";

  test("park with a hint at rekey where the key is generated and a base exists", async () => {
    const decision = await decide({ kind, base: null });
    expect(decision).toMatchObject({ type: "park" });
    expect(decision?.reason).toContain("rekey");
  });

  test("go by time where the key is the user's own, or without a base", async () => {
    expect(await decide({ kind, base: null, generatedKey: false })).toMatchObject({
      type: "take",
      side: "b",
    });
    expect(await decide({ kind, base: null, hasBase: false })).toMatchObject({
      type: "take",
      side: "b",
    });
  });

  test("an update of a row with a generated key still goes by time", async () => {
    expect(await decide({ kind: "update/update" })).toMatchObject({ type: "take", side: "b" });
  });
});

describe("a row that breaks a constraint", () => {
  test.each(CONSTRAINT_KINDS)("parks where nobody contradicted it: %s", async (kind) => {
    expect(await decide({ kind, base: null, b: null })).toMatchObject({ type: "park" });
    expect(await decide({ kind, b: note("milk", "2024-05-01 09:00:00") })).toMatchObject({
      type: "park",
    });
  });

  test("comes back where one side deleted it and the other needs it", async () => {
    const parent = note("milk", "2024-05-01 09:00:00");
    const kind = "foreign-key";
    expect(await decide({ kind, a: null, b: parent })).toMatchObject({ type: "take", side: "b" });
    expect(await decide({ kind, a: parent, b: null })).toMatchObject({ type: "take", side: "a" });
    expect(await decide({ kind, base: null, b: null })).toMatchObject({ type: "park" });
  });

  test.each(["check", "not-null", "type"] as const)(
    "goes by time where two edits break it together: %s",
    async (kind) => {
      expect(await decide({ kind })).toMatchObject({ type: "take", side: "b" });
      expect(await decide({ kind, timestampColumn: null })).toMatchObject({ type: "park" });
      expect(await decide({ kind, b: null })).toMatchObject({ type: "park" });
    },
  );

  test("is never solved by a row that gives way to another: unique", async () => {
    expect(await decide({ kind: "unique" })).toMatchObject({ type: "park" });
    expect(await decide({ kind: "unique", b: null })).toMatchObject({ type: "park" });
  });
});
