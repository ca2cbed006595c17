import { afterEach, describe, expect, it } from "vitest";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { PREFER_A, makePairOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const ORDERS = `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT UNIQUE, cache TEXT DEFAULT 'cold');
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), total REAL, note TEXT);`;
const BESTELLUNGEN = `CREATE TABLE kunden (nr INTEGER PRIMARY KEY, farbe TEXT DEFAULT 'grau', name TEXT UNIQUE);
  CREATE TABLE bestellungen (nr INTEGER PRIMARY KEY, summe REAL, kunde INTEGER REFERENCES kunden (nr), note TEXT);`;
const VIEW: ViewOptions = {
  map: {
    customers: { table: { b: "kunden" }, columns: { id: { b: "nr" } }, ignore: ["cache", "farbe"] },
    orders: {
      table: { b: "bestellungen" },
      columns: { id: { b: "nr" }, total: { b: "summe" }, customer: { b: "kunde" } },
    },
  },
};

let pair: TestPair;
afterEach(() => pair.remove());

function made(): TestPair {
  return makePairOf({
    a: `${ORDERS} INSERT INTO customers VALUES (1, 'Ada', 'hot'), (2, 'Grace', 'warm'); INSERT INTO orders VALUES (1, 1, 9.5, 'x')`,
    b: `${BESTELLUNGEN} INSERT INTO kunden VALUES (1, 'rot', 'Ada')`,
  });
}

const ROWS = {
  a: [
    "SELECT id, name FROM customers ORDER BY 1",
    "SELECT id, customer, total, note FROM orders ORDER BY 1",
  ],
  b: [
    "SELECT nr AS id, name FROM kunden ORDER BY 1",
    "SELECT nr AS id, kunde AS customer, summe AS total, note FROM bestellungen ORDER BY 1",
  ],
};

function expectEqual(): void {
  expect(ROWS.b.map((sql) => pair.rows("b", sql))).toEqual(
    ROWS.a.map((sql) => pair.rows("a", sql)),
  );
}

describe("tables and columns of other names", () => {
  it("come together, both ways, and a second run does nothing", async () => {
    pair = made();
    const first = await pair.sync({ view: VIEW });
    expect(
      first.report.tables.map(({ table, toA, toB }) => [table, toA.inserted, toB.inserted]),
    ).toEqual([
      ["customers", 0, 1],
      ["orders", 0, 1],
    ]);
    expectEqual();
    pair.edit(
      "a",
      "UPDATE orders SET total = 10.5 WHERE id = 1; INSERT INTO customers VALUES (3, 'Linus', 'x')",
    );
    pair.edit(
      "b",
      "UPDATE bestellungen SET note = 'y' WHERE nr = 1; DELETE FROM kunden WHERE nr = 2",
    );
    const second = await pair.sync({ view: VIEW });
    expect(second.report.tables.map(({ merged }) => merged)).toEqual([0, 1]);
    expectEqual();
    const third = await pair.sync({ view: VIEW });
    expect(third.report.tables.flatMap(({ toA, toB }) => [toA, toB])).toEqual(
      Array.from({ length: 4 }, () => ({ inserted: 0, updated: 0, deleted: 0 })),
    );
  });

  it("leave alone what only one side has, when rows are updated and when unique values move", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit("b", "UPDATE kunden SET farbe = 'blau' WHERE nr = 2");
    pair.edit(
      "a",
      `UPDATE customers SET name = 't' WHERE id = 1; UPDATE customers SET name = 'Ada' WHERE id = 2;
       UPDATE customers SET name = 'Grace', cache = 'own' WHERE id = 1`,
    );
    await pair.sync({ view: VIEW });
    expectEqual();
    expect(pair.rows("b", "SELECT nr, farbe, name FROM kunden ORDER BY 1")).toEqual([
      { nr: 1n, farbe: "rot", name: "Grace" },
      { nr: 2n, farbe: "blau", name: "Ada" },
    ]);
    expect(pair.rows("a", "SELECT cache FROM customers ORDER BY id")).toEqual([
      { cache: "own" },
      { cache: "warm" },
    ]);
  });

  it("get their defaults in columns that only they have", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    expect(pair.rows("b", "SELECT farbe FROM kunden WHERE nr = 2")).toEqual([{ farbe: "grau" }]);
  });

  it("keep each side's own foreign keys: a parent is not taken from a child", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit("a", "DELETE FROM orders; DELETE FROM customers WHERE id = 1");
    pair.edit("b", "INSERT INTO bestellungen VALUES (7, 1.5, 1, 'new')");
    const { report } = await pair.sync({ view: VIEW });
    expect(report.conflicts.parked).toBe(2);
    expect(pair.rows("b", "PRAGMA foreign_key_check")).toEqual([]);
    expect(pair.rows("a", "PRAGMA foreign_key_check")).toEqual([]);
  });

  it("give the same whoever is a", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit("a", "UPDATE orders SET total = 1 WHERE id = 1");
    const swapped: ViewOptions = {
      map: {
        customers: {
          table: { a: "kunden" },
          columns: { id: { a: "nr" } },
          ignore: ["cache", "farbe"],
        },
        orders: {
          table: { a: "bestellungen" },
          columns: { id: { a: "nr" }, total: { a: "summe" }, customer: { a: "kunde" } },
        },
      },
    };
    const { report } = await pair.sync({ view: swapped, pair: { a: pair.b, b: pair.a } });
    expect(report.tables[1]?.toA.updated).toBe(1);
    expect(report.firstRun).toBe(false);
    expectEqual();
  });

  it("are renumbered only where no column of their own would stay behind", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit("a", "INSERT INTO customers VALUES (9, 'One', 'p')");
    pair.edit("b", "INSERT INTO kunden VALUES (9, 'q', 'Two')");
    const rekey = { name: "rekey", decide: () => ({ type: "rekey", side: "b" }) as const };
    const { report } = await pair.sync({ view: VIEW, policy: rekey });
    expect(report.conflicts.parked).toBe(1);
    expect(pair.rows("b", "SELECT farbe, name FROM kunden WHERE nr = 9")).toEqual([
      { farbe: "q", name: "Two" },
    ]);
  });

  it("resolve conflicts in common terms", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit("a", "UPDATE orders SET total = 1 WHERE id = 1");
    pair.edit("b", "UPDATE bestellungen SET summe = 2 WHERE nr = 1");
    const { outcomes } = await pair.sync({ view: VIEW, policy: PREFER_A });
    expect(outcomes).toMatchObject([
      { table: "orders", key: { id: 1n }, disputed: ["total"], outcome: "skip" },
    ]);
    expectEqual();
  });
});

describe("a change of the map", () => {
  it("leaves out one more column without forgetting the others", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    const more: ViewOptions = {
      map: { ...VIEW.map, orders: { ...VIEW.map?.["orders"], ignore: ["note"] } },
    };
    pair.edit("a", "DELETE FROM orders");
    const { report } = await pair.sync({ view: more });
    expect(report.tables[1]?.toB.deleted).toBe(1);
  });

  it("takes values of another column for nobody's edit: what differs waits", async () => {
    pair = made();
    await pair.sync({ view: VIEW });
    pair.edit(
      "b",
      "ALTER TABLE bestellungen ADD COLUMN brutto REAL; UPDATE bestellungen SET brutto = 99",
    );
    const other: ViewOptions = {
      map: {
        ...VIEW.map,
        orders: {
          ...VIEW.map?.["orders"],
          columns: { id: { b: "nr" }, total: { b: "brutto" }, customer: { b: "kunde" } },
          ignore: ["summe"],
        },
      },
    };
    const { report } = await pair.sync({ view: other });
    expect(report.conflicts.parked).toBe(1);
    expect(pair.rows("a", "SELECT total FROM orders")).toEqual([{ total: 9.5 }]);
    expect(pair.rows("b", "SELECT summe, brutto FROM bestellungen")).toEqual([
      { summe: 9.5, brutto: 99 },
    ]);
  });
});

describe("a map is refused before anything is written", () => {
  const refused: readonly (readonly [string, ViewOptions["map"], RegExp])[] = [
    [
      "that names no table",
      { orders: { table: { b: "bestelungen" } } },
      /side b has no table `bestelungen`; did you mean `bestellungen`/,
    ],
    [
      "that names no column",
      { orders: { table: { b: "bestellungen" }, columns: { total: { b: "sume" } } } },
      /side b has no column `sume`; did you mean `summe`/,
    ],
    [
      "that puts two columns onto one",
      { orders: { table: { b: "bestellungen" }, columns: { note: { b: "summe" } } } },
      /both `summe` and `note` would be `note`/,
    ],
    [
      "that leaves out the key",
      { orders: { table: { b: "bestellungen" }, ignore: ["id", "nr"] } },
      /part of the key/,
    ],
    [
      "with a constant that a write would lose",
      {
        customers: {
          table: { b: "kunden" },
          columns: { id: { b: "nr" } },
          ignore: ["farbe"],
          constant: { b: { cache: "x" } },
        },
      },
      /would be lost/,
    ],
  ];
  it.each(refused)("%s", async (_, map, message) => {
    pair = made();
    await expect(pair.sync({ view: { map: map ?? {} } })).rejects.toThrow(message);
    expect(pair.rows("b", "SELECT count(*) AS n FROM bestellungen")).toEqual([{ n: 0n }]);
  });

  it("that leaves out what a new row must have", async () => {
    pair = makePairOf({
      a: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)",
      b: "CREATE TABLE t (id INTEGER PRIMARY KEY, v, must TEXT NOT NULL)",
    });
    await expect(pair.sync({ view: { map: { t: { ignore: ["must"] } } } })).rejects.toThrow(
      /NOT NULL without a DEFAULT/,
    );
  });
});
