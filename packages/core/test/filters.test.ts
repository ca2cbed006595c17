import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { DatabaseSynchronizationEngine } from "../src/engine/engine.ts";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { PREFER_A, makePair, makePairOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const SCHEMA = `CREATE TABLE orders (id INTEGER PRIMARY KEY, region TEXT, total REAL, code TEXT UNIQUE);
  INSERT INTO orders VALUES (1, 'north', 1, 'a'), (2, 'south', 2, 'b'), (3, 'north', 3, 'c')`;
const NORTH: ViewOptions = { where: { orders: "region = 'north'" } };
const ALL = "SELECT id, region, total, code FROM orders ORDER BY id";

let pair: TestPair;
afterEach(() => pair.remove());

function ids(side: "a" | "b"): unknown[] {
  return pair
    .rows(side, "SELECT id FROM orders ORDER BY id")
    .map((row) => Number((row as { id: bigint }).id));
}

function quiet({ report }: Awaited<ReturnType<TestPair["sync"]>>): boolean {
  return report.tables.every(({ toA, toB }) =>
    [toA, toB].every((to) => to.inserted + to.updated + to.deleted === 0),
  );
}

describe("a filter", () => {
  it("lets only its rows through, both ways", async () => {
    pair = makePairOf({
      a: SCHEMA,
      b: "CREATE TABLE orders (id INTEGER PRIMARY KEY, region TEXT, total REAL, code TEXT UNIQUE)",
    });
    await pair.sync({ view: NORTH });
    expect(ids("b")).toEqual([1, 3]);
    pair.edit(
      "b",
      "INSERT INTO orders VALUES (7, 'east', 7, 'x'), (8, 'north', 8, 'y'); DELETE FROM orders WHERE id = 3",
    );
    await pair.sync({ view: NORTH });
    expect(ids("a")).toEqual([1, 2, 8]);
    expect(ids("b")).toEqual([1, 7, 8]);
    expect(quiet(await pair.sync({ view: NORTH }))).toBe(true);
  });

  it("releases a row that leaves it: it stays on both sides, and is remembered no more", async () => {
    pair = makePair(SCHEMA);
    await pair.sync({ view: NORTH });
    pair.edit("a", "UPDATE orders SET region = 'south' WHERE id = 1");
    const { report } = await pair.sync({ view: NORTH });
    expect(report.tables[0]).toMatchObject({ filtered: 1, copied: 0, agreed: 0 });
    expect(pair.rows("b", "SELECT region FROM orders WHERE id = 1")).toEqual([{ region: "north" }]);
    expect(quiet(await pair.sync({ view: NORTH }))).toBe(true);
    pair.edit("a", "UPDATE orders SET region = 'north', total = 5 WHERE id = 1");
    const back = await pair.sync({ view: NORTH });
    expect(back.report.conflicts.parked).toBe(1);
  });

  it("never deletes anything because it was changed", async () => {
    pair = makePair(SCHEMA);
    await pair.sync({});
    for (const where of ["region = 'north'", "FALSE", "total > 2", "TRUE"]) {
      const { report } = await pair.sync({ view: { where: { orders: where } } });
      expect(report.tables[0]).toMatchObject({ toA: { deleted: 0 }, toB: { deleted: 0 } });
      expect([ids("a"), ids("b")]).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
    }
    pair.edit("a", "DELETE FROM orders WHERE id = 2");
    await pair.sync({ view: NORTH });
    expect(ids("b")).toEqual([1, 2, 3]);
  });

  it("of one side holds for both: what would be outside over there is not sent", async () => {
    pair = makePair(SCHEMA);
    const view: ViewOptions = { where: { orders: { b: "total < 10" } } };
    await pair.sync({ view });
    pair.edit(
      "a",
      "UPDATE orders SET total = 50 WHERE id = 1; INSERT INTO orders VALUES (4, 'x', 99, 'd'), (5, 'x', 9, 'e')",
    );
    const { report } = await pair.sync({ view });
    expect(report.tables[0]).toMatchObject({ filtered: 2, copied: 1 });
    expect(pair.rows("b", "SELECT id, total FROM orders ORDER BY id")).toEqual([
      { id: 1n, total: 1 },
      { id: 2n, total: 2 },
      { id: 3n, total: 3 },
      { id: 5n, total: 9 },
    ]);
    expect(quiet(await pair.sync({ view }))).toBe(true);
  });

  it("does not let a row be overwritten that stands outside of it", async () => {
    pair = makePairOf({
      a: `${SCHEMA}; INSERT INTO orders VALUES (9, 'north', 9, 'z')`,
      b: `${SCHEMA}; INSERT INTO orders VALUES (9, 'south', 90, 'q'), (10, 'south', 1, 'k')`,
    });
    await pair.sync({ view: NORTH, policy: PREFER_A });
    expect(pair.rows("b", "SELECT total FROM orders WHERE id = 9")).toEqual([{ total: 90 }]);
    pair.edit("a", "INSERT INTO orders VALUES (11, 'north', 1, 'k')");
    const { report } = await pair.sync({ view: NORTH });
    expect(report.conflicts.parked).toBe(1);
    expect(ids("b")).toEqual([1, 2, 3, 9, 10]);
  });

  it("speaks of each side's own columns, also of those that are left out", async () => {
    pair = makePairOf({
      a: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
      b: "CREATE TABLE t (nr INTEGER PRIMARY KEY, wert, archived INTEGER DEFAULT 0); INSERT INTO t VALUES (1, 1, 0), (2, 2, 1)",
    });
    const view: ViewOptions = {
      map: { t: { columns: { id: { b: "nr" }, v: { b: "wert" } }, ignore: ["archived"] } },
      where: { t: { b: "archived = 0" } },
    };
    await pair.sync({ view });
    expect(pair.rows("b", "SELECT nr FROM t ORDER BY 1")).toHaveLength(3);
    pair.edit("a", "UPDATE t SET v = v + 10");
    await pair.sync({ view });
    expect(pair.rows("b", "SELECT wert FROM t ORDER BY nr")).toEqual([
      { wert: 11n },
      { wert: 2n },
      { wert: 13n },
    ]);
  });

  it("holds rows without a key out by their content", async () => {
    pair = makePair(
      "CREATE TABLE note (text TEXT, n INTEGER); INSERT INTO note VALUES ('x', 1), ('x', 1), ('y', 5)",
    );
    const view: ViewOptions = { where: { note: { b: "n < 3" } } };
    await pair.sync({ view });
    pair.edit("a", "INSERT INTO note VALUES ('z', 9), ('w', 2); DELETE FROM note WHERE text = 'y'");
    await pair.sync({ view });
    expect(
      pair
        .rows("b", "SELECT text FROM note ORDER BY 1")
        .map((row) => Object.values(row as object)[0] as string),
    ).toEqual(["w", "x", "x", "y"]);
    expect(quiet(await pair.sync({ view }))).toBe(true);
  });

  it("keeps a merged row from going where it would be outside: it waits", async () => {
    pair = makePair(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER); INSERT INTO t VALUES (1, 1, 1)",
    );
    const view: ViewOptions = { where: { t: "x + y < 10" } };
    await pair.sync({ view });
    pair.edit("a", "UPDATE t SET x = 8");
    pair.edit("b", "UPDATE t SET y = 8");
    const { report } = await pair.sync({ view });
    expect(report.conflicts.parked).toBe(1);
    expect(pair.rows("a", "SELECT x, y FROM t")).toEqual([{ x: 8n, y: 1n }]);
  });

  it("is what diff and validate see, too", async () => {
    pair = makePair(SCHEMA);
    pair.edit(
      "a",
      "UPDATE orders SET total = 9 WHERE id = 2; INSERT INTO orders VALUES (4, 'north', 4, 'd'), (5, 'south', 5, 'e')",
    );
    const engine = new DatabaseSynchronizationEngine({ worker: false });
    const { a, b } = pair;
    const report = await engine.diff({ a, b }, { view: NORTH });
    expect(report.tables).toEqual([
      { table: "orders", onlyInA: 1, onlyInB: 0, changed: 0, same: 2 },
    ]);
    await pair.sync({ view: NORTH });
    expect((await engine.diff({ a, b }, { view: NORTH })).same).toBe(true);
    expect((await engine.validate([a, b], { view: NORTH })).ok).toBe(true);
    expect((await engine.validate([a, b])).ok).toBe(false);
    await engine.close();
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["two statements", "TRUE; DROP TABLE orders", /must be one expression at character 5/],
    ["a way out of its parenthesis", "TRUE) OR (TRUE", /closes a parenthesis/],
    ["a comment that eats the rest", "TRUE /* x", /^$/],
    ["chance", "random() > 0", /random/],
    ["the clock", "total > julianday('now')", /depends on the clock/],
    ["a subquery", "id IN (SELECT 1)", /subquery/],
    [
      "an unknown column",
      "regio = 'north'",
      /table `orders` for side a does not compile: no such column: regio at character 1/,
    ],
    ["a parameter", "id = ?", /parameters/],
  ];
  it.each(refused)(
    "with %s is refused, or means nothing else than it says",
    async (_, where, message) => {
      pair = makePair(SCHEMA);
      const run = pair.sync({ view: { where: { orders: where } } });
      if (message.source === "^$") await run;
      else await expect(run).rejects.toThrow(message);
      expect(pair.rows("a", ALL)).toHaveLength(3);
    },
  );
});

/** Up to six rows by id, each with a region and a number. */
const rows = fc.dictionary(
  fc.constantFrom("1", "2", "3", "4", "5", "6"),
  fc.tuple(fc.constantFrom("n", "s"), fc.integer({ min: 0, max: 3 })),
);
const filters = fc.constantFrom<Required<ViewOptions>["where"][string]>(
  "r = 'n'",
  { a: "v < 2" },
  { b: "r = 's'" },
  { a: "v > 0", b: "r = 'n' OR v = 2" },
  "TRUE",
);
type Rows = Readonly<Record<string, [string, number]>>;

function isIn(
  filter: Required<ViewOptions>["where"][string],
  side: "a" | "b",
  row: [string, number] | undefined,
): boolean {
  if (row === undefined) return true;
  const text = typeof filter === "string" ? filter : filter[side];
  const [r, v] = row;
  switch (text ?? "TRUE") {
    case "r = 'n'":
      return r === "n";
    case "v < 2":
      return v < 2;
    case "r = 's'":
      return r === "s";
    case "v > 0":
      return v > 0;
    case "r = 'n' OR v = 2":
      return r === "n" || v === 2;
    default:
      return true;
  }
}

describe("for any filters and any rows", () => {
  it(
    "rows outside on either side stay as they are, the others come together, and a second run does nothing",
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          rows,
          fc.record({ a: rows, b: rows }),
          filters,
          filters,
          async (start, { a, b }, before, filter) => {
            pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, r TEXT, v INTEGER)", "delete");
            try {
              put("a", start);
              put("b", start);
              await pair.sync({ view: { where: { t: before } } });
              put("a", a);
              put("b", b);
              const first = await pair.sync({
                view: { where: { t: filter } },
                policy: PREFER_A,
                maxDeletePercent: 100,
              });
              const after = { a: read("a"), b: read("b") };
              for (const id of ["1", "2", "3", "4", "5", "6"]) {
                const versions = [a[id], b[id]] as const;
                const outside = versions.some(
                  (row) => !isIn(filter, "a", row) || !isIn(filter, "b", row),
                );
                if (outside) expect([after.a[id], after.b[id]]).toEqual(versions);
                else expect(after.a[id]).toEqual(after.b[id]);
                const inBase =
                  start[id] !== undefined &&
                  isIn(before, "a", start[id]) &&
                  isIn(before, "b", start[id]);
                if (!outside && !inBase)
                  for (const row of versions)
                    if (row !== undefined) expect(after.a[id]).toBeDefined();
              }
              expect(first.report.conflicts.parked).toBe(0);
              const second = await pair.sync({ view: { where: { t: filter } }, policy: PREFER_A });
              expect(quiet(second)).toBe(true);
              expect({ a: read("a"), b: read("b") }).toEqual(after);
            } finally {
              pair.remove();
            }
          },
        ),
        { numRuns: Number(process.env["SYNC_LAW_RUNS"] ?? 20), endOnFailure: true },
      );
    },
  );
});

function put(side: "a" | "b", all: Rows): void {
  const values = Object.entries(all).map(
    ([id, [r, v]]) => `INSERT INTO t VALUES (${id}, '${r}', ${v});`,
  );
  pair.edit(side, `DELETE FROM t; ${values.join(" ")}`);
}

function read(side: "a" | "b"): Record<string, unknown> {
  const found = pair.rows(side, "SELECT id, r, v FROM t") as { id: bigint; r: string; v: bigint }[];
  return Object.fromEntries(found.map(({ id, r, v }) => [String(id), [r, Number(v)]]));
}
