import { describe, expect, it } from "vitest";
import type { InboxColumn } from "@sync/core";
import { parseTypedValue } from "./typed-value.ts";

function column(affinity: InboxColumn["affinity"]): InboxColumn {
  return { name: "c", affinity, isKey: false, strict: false };
}

describe("a typed value", () => {
  it.each([
    ["12", "INTEGER", 12n],
    ["-9223372036854775808", "INTEGER", -9223372036854775808n],
    ["+7", "NUMERIC", 7n],
    ["12.5", "REAL", 12.5],
    [".5", "REAL", 0.5],
    ["1e3", "NUMERIC", 1000],
    ["-inf", "REAL", -Infinity],
    ["12", "TEXT", "12"],
    ["Ada's", "TEXT", "Ada's"],
    ["", "TEXT", ""],
    ["'it''s'", "TEXT", "it's"],
    ["'NULL'", "TEXT", "NULL"],
    ["'12'", "BLOB", "12"],
    ["null", "TEXT", null],
    ["NULL", "BLOB", null],
    ["x'00Ff'", "TEXT", new Uint8Array([0, 255])],
    ["X''", "BLOB", new Uint8Array()],
  ] as const)(
    "%s in a column of affinity %s is what SQL would make of it",
    (typed, affinity, value) => {
      expect(parseTypedValue(typed, column(affinity))).toEqual(value);
    },
  );

  it.each([
    ["abc", "INTEGER", /is no number/],
    ["12 pieces", "NUMERIC", /is no number/],
    ["", "REAL", /is no number/],
    ["abc", "BLOB", /is no number/],
    ["9223372036854775808", "INTEGER", /64 bits/],
    ["1e999", "REAL", /too large/],
    ["'open", "TEXT", /closing quote/],
    ["'a'b'", "TEXT", /closing quote/],
    ["x'0'", "BLOB", /is no blob/],
    ["x'zz'", "TEXT", /is no blob/],
  ] as const)("%s in a column of affinity %s is not guessed", (typed, affinity, why) => {
    expect(() => parseTypedValue(typed, column(affinity))).toThrow(why);
  });
});
