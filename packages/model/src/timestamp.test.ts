import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TIMESTAMP_COLUMNS, timestampFormat, timestampToMs } from "./timestamp.ts";
import type { TimestampFormat } from "./timestamp.ts";
import type { SqlValue } from "./values.ts";

const MAY_1 = Date.UTC(2024, 4, 1, 10);

describe("one instant reads the same in every format", () => {
  test.each<[string, SqlValue]>([
    ["epoch seconds", 1714557600n],
    ["epoch seconds as REAL", 1714557600],
    ["epoch milliseconds", 1714557600000n],
    ["epoch milliseconds as REAL", 1714557600000],
    ["epoch microseconds", 1714557600000000n],
    ["SQLite's text", "2024-05-01 10:00:00"],
    ["SQLite's text with a fraction", "2024-05-01 10:00:00.000"],
    ["SQLite's text without seconds", "2024-05-01 10:00"],
    ["SQLite's text with a zone", "2024-05-01 12:00:00 +02:00"],
    ["ISO 8601 in UTC", "2024-05-01T10:00:00Z"],
    ["ISO 8601 in lower case", "2024-05-01t10:00:00z"],
    ["ISO 8601 without a zone", "2024-05-01T10:00:00"],
    ["ISO 8601 east of UTC", "2024-05-01T15:30:00+05:30"],
    ["ISO 8601 west of UTC, over midnight", "2024-04-30T23:30:00-1030"],
    ["a zone of hours only", "2024-05-01 12:00:00+02"],
    ["blanks around it", "  2024-05-01T10:00:00Z\n"],
  ])("%s", (_name, value) => {
    expect(timestampToMs(value)).toBe(MAY_1);
  });

  test("a date alone is its midnight in UTC", () => {
    expect(timestampToMs("2024-05-01")).toBe(Date.UTC(2024, 4, 1));
  });

  test("whatever the fraction of a second, as text, REAL seconds or microseconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (micros) => {
        const fraction = String(micros).padStart(6, "0");
        const ms = timestampToMs(`2024-05-01T10:00:00.${fraction}Z`);
        expect(timestampToMs(BigInt(MAY_1) * 1000n + BigInt(micros))).toBe(ms);
        expect(timestampToMs(Number(`1714557600.${fraction}`))).toBe(ms);
      }),
    );
  });

  test("any time from 1970 to 9999 written by JavaScript comes back", () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date(1),
          max: new Date("9999-12-31T23:59:59.999Z"),
          noInvalidDate: true,
        }),
        (date) => {
          expect(timestampToMs(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });
});

describe("fractions and calendars", () => {
  test.each<[SqlValue, number]>([
    ["2024-05-01 10:00:00.5", MAY_1 + 500],
    ["2024-05-01T10:00:00,25Z", MAY_1 + 250],
    ["2024-05-01 10:00:00.000001", MAY_1 + 0.001],
    ["2024-05-01 10:00:00.123456789", MAY_1 + 123.457],
    [1714557600.029, MAY_1 + 29],
    ["2024-02-29 00:00:00", Date.UTC(2024, 1, 29)],
    ["2000-02-29", Date.UTC(2000, 1, 29)],
    ["1969-12-31T23:59:59Z", -1000],
    ["0001-01-01 00:00:00", -62135596800000],
    ["0099-12-31", Date.parse("0099-12-31T00:00:00Z")],
  ])("%s", (value, ms) => {
    expect(timestampToMs(value)).toBe(ms);
  });

  test("the bounds between seconds, milliseconds and microseconds", () => {
    expect(timestampToMs(99_999_999_999n)).toBe(99_999_999_999_000);
    expect(timestampToMs(100_000_000_000n)).toBe(100_000_000_000);
    expect(timestampToMs(99_999_999_999_999n)).toBe(99_999_999_999_999);
    expect(timestampToMs(100_000_000_000_000n)).toBe(100_000_000_000);
    expect(timestampToMs(1714557600000000000n), "nanoseconds").toBeNull();
  });
});

describe("what is not a time is null, never guessed", () => {
  test.each<SqlValue | undefined>([
    null,
    undefined,
    new Uint8Array([50, 48]),
    "",
    "  ",
    "now",
    "yesterday",
    "1714557600",
    "10:00:00",
    "2023-02-29",
    "1900-02-29",
    "2024-02-30 10:00:00",
    "2024-13-01",
    "2024-00-10",
    "2024-01-00",
    "0000-00-00 00:00:00",
    "2024-05-01 24:00:00",
    "2024-05-01 10:60:00",
    "2024-05-01 10:00:60",
    "2024-05-01 10",
    "2024-05-01 10:00:00.",
    "2024-5-1",
    "01.05.2024",
    "05/01/2024",
    "24-05-01",
    "2024-05-01 10:00:00 PM",
    "2024-05-01T10:00:00Z and more",
    "2024-05-01-05",
    "2024-05-01 10:00:00+99:00",
    "2024-05-01 10:00:00+15:00",
    "2024-05-01 10:00:00+02:60",
    "2024-05-01 10:00:00 CET",
    0n,
    -1n,
    -1714557600n,
    0,
    -0,
    Infinity,
    -Infinity,
    2n ** 63n - 1n,
    1e300,
  ])("%s", (junk) => {
    expect(timestampToMs(junk)).toBeNull();
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?[+-]\d\d$/)),
        (text) => {
          const ms = timestampToMs(text);
          expect(ms === null || Number.isFinite(ms)).toBe(true);
        },
      ),
    );
  });
});

test("updated_at is looked for before modified_at", () => {
  expect(TIMESTAMP_COLUMNS).toEqual(["updated_at", "modified_at"]);
});

test.each<[TimestampFormat | null, readonly SqlValue[]]>([
  ["epoch seconds", [1714557600n, 1714557600.5]],
  ["epoch milliseconds", [1714557600000n]],
  ["epoch microseconds", [1714557600000001n]],
  ["a date", ["2024-05-01"]],
  ["a date and time", ["2024-05-01 10:00", " 2024-05-01 10:00:00.123 "]],
  ["a date and time with zone", ["2024-05-01 10:00:00Z", "2024-05-01 10:00:00+02:00"]],
  ["ISO 8601 without zone", ["2024-05-01T10:00:00"]],
  ["ISO 8601 with zone", ["2024-05-01T10:00:00Z", "2024-05-01t10:00:00.5-0330"]],
  [null, [null, "yesterday", 0n, "2024-02-30 00:00:00", new Uint8Array([1])]],
])("is told apart by the way it is written: %s", (format, values) => {
  for (const value of values) expect(timestampFormat(value)).toBe(format);
});
