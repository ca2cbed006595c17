/**
 * SQL literals by kind of value, the simple ones first: small numbers choose simple values, so that a
 * failing case shrinks to readable ones. Literals rather than values keep a case plain text.
 */
const INTEGERS = ["1", "2", "3", "7", "0", "-1", "13", "2"];
const HARD_INTEGERS = [
  "9223372036854775807",
  "-9223372036854775808",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "4294967296",
];
const REALS = ["1.0", "0.5", "2.0", "-1.5", "0.0", "7.0"];
const HARD_REALS = [
  "-0.0",
  "0.1 + 0.2",
  "1e999",
  "-1e999",
  "4.9406564584124654e-324",
  "2.2250738585072009e-308",
  "-9223372036854775808.0",
  "9223372036854775808.0",
  "9007199254740993.0",
  "1.7976931348623157e308",
];
const TEXTS = ["'a'", "'b'", "'A'", "'B'", "''", "'a '", "'two words'", "'1'"];
const HARD_TEXTS = [
  "CAST(X'610062' AS TEXT)",
  "CAST(X'610063' AS TEXT)",
  "CAST(X'00' AS TEXT)",
  "CAST(X'ff41' AS TEXT)",
  "CAST(X'c328' AS TEXT)",
  "'Ünï©ode'",
  "'ünï©ode'",
  "'it''s \"q\"'",
  "'1.0'",
  "'forbidden'",
  "'9223372036854775808'",
  "replace(hex(zeroblob(4500)), '00', 'ab')",
  "replace(hex(zeroblob(4500)), '00', 'ac')",
];
const BLOBS = ["X'00'", "X'31'", "X''", "X'61'"];
const HARD_BLOBS = [
  "X'ff00ff'",
  "zeroblob(6000)",
  "CAST(replace(hex(zeroblob(700)), '00', 'xy') AS BLOB)",
];

/** Literals for times of change, as applications write them. */
const TIMESTAMPS = [
  "'2024-01-01 00:00:00'",
  "'2024-01-02 00:00:00'",
  "'2024-01-03T00:00:00Z'",
  "'2024-01-03T02:00:00+02:00'",
  "1704412800",
  "1704499200000",
  "1704585600.5",
  "'2024-01-08 10:00:00.123'",
  "NULL",
  "'not a time'",
  "'2999-01-01 00:00:00'",
];

const everything = [
  ...interleave([INTEGERS, REALS, TEXTS, BLOBS]),
  ...HARD_INTEGERS,
  ...HARD_REALS,
  ...HARD_TEXTS,
  ...HARD_BLOBS,
];

/** Kinds of values a column may take. `key-…` kinds are small, so that both sides meet on the same keys. */
export type Pool =
  | "integer"
  | "mostly-integer"
  | "real"
  | "mostly-real"
  | "text"
  | "mostly-text"
  | "blob"
  | "any"
  | "timestamp"
  | "auto-key"
  | "integer-key"
  | "text-key"
  | "any-key"
  | "real-key"
  | "coordinate";

const POOLS: Readonly<Record<Pool, readonly string[]>> = {
  integer: [...INTEGERS, ...HARD_INTEGERS],
  "mostly-integer": [...INTEGERS, ...HARD_INTEGERS, ...HARD_REALS, "'12'", "'x'", "X'07'"],
  real: [...REALS, ...HARD_REALS],
  "mostly-real": [...REALS, ...HARD_REALS, "3", "'1e3'", "'y'"],
  text: [...TEXTS, ...HARD_TEXTS],
  "mostly-text": [...TEXTS, ...HARD_TEXTS, "1.0", "X'41'", "12"],
  blob: [...BLOBS, ...HARD_BLOBS],
  any: everything,
  timestamp: TIMESTAMPS,
  // Without the top of the range: after it SQLite hands out random rowids.
  "auto-key": [
    "NULL",
    "1",
    "2",
    "3",
    "4",
    "NULL",
    "5",
    "NULL",
    "-9223372036854775808",
    "9007199254740993",
  ],
  "integer-key": ["1", "2", "3", "4", "5", "6", "0", "-1", ...HARD_INTEGERS],
  "text-key": ["'a'", "'b'", "'c'", "'A'", "'B'", "'d'", "''", "'1'", "'a '", ...HARD_TEXTS],
  "any-key": ["1", "'1'", "X'31'", "2", "'a'", "'A'", "1.5", "X''", "1e999", ...HARD_TEXTS],
  "real-key": ["0.5", "1.0", "2.5", "-0.0", "0.1 + 0.2", "1e999", "9007199254740992.0"],
  coordinate: ["1", "2", "0", "3.5", "-7", "100000.25"],
};

/** The pool's literal for a number; equal numbers give equal literals. */
export function literal(pool: Pool, choice: number): string {
  const values = POOLS[pool];
  return values[choice % values.length] ?? "NULL";
}

function interleave(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) =>
    lists.map((list) => list[index]).filter((value) => value !== undefined),
  ).flat();
}
