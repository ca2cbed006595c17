import { spawnSync } from "node:child_process";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/databases.ts";
import { realLiteral } from "./real-literal.ts";

const hasShell = spawnSync("sqlite3", ["--version"]).status === 0;

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  return bytes.toString("hex");
}

/** Doubles of every kind: any bits, few decimals, many decimals, integers, powers of two and their neighbours. */
const doubles = fc.oneof(
  fc.double({ noNaN: true }),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 25 })).map(([n, e]) => n / 10 ** e),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 6 })).map(([n, e]) => Number(`${n}e-${e}`)),
  fc
    .tuple(fc.bigInt({ min: 10n ** 14n, max: 10n ** 15n }), fc.integer({ min: 0, max: 18 }))
    .map(([n, e]) => Number(`${n}e-${e}`)),
  fc
    .tuple(fc.integer({ min: -1074, max: 1023 }), fc.integer({ min: -2, max: 2 }))
    .map(([e, ulps]) => 2 ** e * (1 + ulps * Number.EPSILON)),
);

const EXTREMES = [
  0,
  -0,
  1,
  -1,
  0.1 + 0.2,
  5e-324,
  -5e-324,
  2.225073858507201e-308,
  2.2250738585072014e-308,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 53 + 2,
  2 ** 63,
  -(2 ** 63),
  1e15,
  1e18,
  1e19,
  1e22,
  1e23,
];

describe("realLiteral", () => {
  test.each([
    [19.99, "19.99"],
    [-0.5, "-0.5"],
    [3, "3.0"],
    [0.1234567, "1234567/1e7"],
    [0.1 + 0.2, "1351079888211149.0/(1<<52)"],
    [-Infinity, "-9e999"],
    [-0, "0.0"],
  ])("writes %d", (value, literal) => {
    expect(realLiteral(value)).toBe(literal);
  });

  test("is read by the driver's SQLite as the same bits", () => {
    const db = new Database(":memory:");
    const read = (value: number): unknown =>
      db
        .prepare(`SELECT ${realLiteral(value)}`)
        .pluck()
        .get();
    for (const value of EXTREMES) expect(bitsOf(Number(read(value)))).toBe(bitsOf(value));
    fc.assert(
      fc.property(doubles, (value) => {
        const found = read(value);
        expect(typeof found).toBe("number");
        expect(bitsOf(Number(found))).toBe(bitsOf(value));
      }),
      { numRuns: 3000 },
    );
    db.close();
  });

  // Where there is no sqlite3 on the machine, the driver's test above is all there is.
  test.skipIf(!hasShell)("is read by a stock shell as the same bits", () => {
    const values = [...EXTREMES, ...fc.sample(doubles, 30_000)];
    // A shell cannot show a real's bits: it stores them, and the driver looks.
    const file = join(temporaryFolder(), "reals.db");
    const lines = values.map((value) => `INSERT INTO t VALUES (${realLiteral(value)});`);
    const input = ["CREATE TABLE t (v); BEGIN;", ...lines, "COMMIT;"].join("\n");
    expect(spawnSync("sqlite3", ["-batch", "-bail", file], { input }).status).toBe(0);
    const db = new Database(file);
    const found = db
      .prepare("SELECT v FROM t WHERE typeof(v) = 'real' ORDER BY rowid")
      .pluck()
      .all() as number[];
    db.close();
    expect(found.map(bitsOf)).toEqual(values.map(bitsOf));
  });
});
