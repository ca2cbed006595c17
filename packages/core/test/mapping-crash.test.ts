import { afterEach, describe, expect, it, vi } from "vitest";
import { STEPS } from "../src/engine/steps.ts";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { runKilled } from "./crash-run.ts";
import { plansDuring } from "./statement-plans.ts";
import { makePairOf, policyOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

const VIEW: ViewOptions = {
  map: {
    product: {
      table: { b: "artikel" },
      columns: { id: { b: "nr" }, name: { b: "titel" }, stock: { b: "bestand" } },
      ignore: ["note", "farbe"],
    },
  },
  where: { product: { a: "stock < 100", b: "bestand < 100" }, line: { a: "n < 5" } },
};
const PREFER_B = { ...policyOf(() => ({ type: "take", side: "b" })), name: "prefer-b" };

let pair: TestPair;
vi.setConfig({ testTimeout: 60_000 });
afterEach(() => pair.remove());

/** Unique values that change places, a filter that a row leaves, a conflict, columns of each side's own. */
async function prepare(): Promise<void> {
  pair = makePairOf({
    a: `CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT UNIQUE, stock INTEGER, note TEXT DEFAULT 'new');
      CREATE TABLE line (o INTEGER, n INTEGER, item TEXT, PRIMARY KEY (o, n)) WITHOUT ROWID;
      INSERT INTO product VALUES (1, 'pen', 10, 'p'), (2, 'ink', 20, 'i'), (3, 'cap', 30, 'c'), (4, 'box', 40, 'x'), (8, 'big', 500, 'y');
      INSERT INTO line VALUES (1, 1, 'pen'), (1, 2, 'ink'), (1, 9, 'far')`,
    b: `CREATE TABLE artikel (nr INTEGER PRIMARY KEY, farbe TEXT DEFAULT 'grau', bestand INTEGER, titel TEXT UNIQUE);
      CREATE TABLE line (o INTEGER, n INTEGER, item TEXT, PRIMARY KEY (o, n)) WITHOUT ROWID`,
  });
  await pair.sync({ view: VIEW });
  pair.edit("b", "UPDATE artikel SET farbe = 'rot' WHERE nr < 3");
  pair.edit(
    "a",
    `UPDATE product SET stock = 7 WHERE id = 1; UPDATE product SET name = 't' WHERE id = 2; UPDATE product SET name = 'ink' WHERE id = 3;
     UPDATE product SET name = 'cap' WHERE id = 2; UPDATE product SET stock = 400 WHERE id = 4; DELETE FROM line WHERE n = 2`,
  );
  pair.edit(
    "b",
    "UPDATE artikel SET bestand = 12 WHERE nr = 1; INSERT INTO artikel VALUES (9, 'blau', 1, 'neu'), (10, 'blau', 900, 'out'); INSERT INTO line VALUES (2, 1, 'b')",
  );
}

function content(): unknown[] {
  return [
    pair.rows("a", "SELECT * FROM product ORDER BY id"),
    pair.rows("b", "SELECT * FROM artikel ORDER BY nr"),
    ...(["a", "b"] as const).map((side) => pair.rows(side, "SELECT * FROM line ORDER BY o, n")),
  ];
}

describe("a mapped and filtered pair", () => {
  it("keeps what is outside, and what only one side has", async () => {
    await prepare();
    await pair.sync({ view: VIEW, policy: PREFER_B });
    expect(pair.rows("b", "SELECT nr, farbe, bestand, titel FROM artikel ORDER BY nr")).toEqual([
      { nr: 1n, farbe: "rot", bestand: 12n, titel: "pen" },
      { nr: 2n, farbe: "rot", bestand: 20n, titel: "cap" },
      { nr: 3n, farbe: "grau", bestand: 30n, titel: "ink" },
      { nr: 4n, farbe: "grau", bestand: 40n, titel: "box" },
      { nr: 9n, farbe: "blau", bestand: 1n, titel: "neu" },
      { nr: 10n, farbe: "blau", bestand: 900n, titel: "out" },
    ]);
    expect(pair.rows("a", "SELECT id, note FROM product WHERE id > 3 ORDER BY id")).toEqual([
      { id: 4n, note: "x" },
      { id: 8n, note: "y" },
      { id: 9n, note: "new" },
    ]);
  });

  it.each([...STEPS])("killed after %s ends as without the crash", async (step) => {
    await prepare();
    await pair.sync({ view: VIEW, policy: PREFER_B });
    const expected = content();
    pair.remove();
    await prepare();
    runKilled(pair, { killAt: step, policy: "prefer-b", view: VIEW });
    await pair.sync({ view: VIEW, policy: PREFER_B });
    expect(content()).toEqual(expected);
  });

  it("is searched by key, through its views as in the tables themselves", async () => {
    await prepare();
    const steps = await plansDuring(async () => pair.sync({ view: VIEW, policy: PREFER_B }));
    // A filter looks at one row at a time, as a table of that one row.
    const oneRow = (sql: string, name: string): number =>
      sql.split(`) AS "${name}" WHERE (`).length - 1;
    const scans = steps.filter(({ sql, detail, inner }) => {
      const name = /^SCAN (product|artikel|line|x|y|f)\b/.exec(detail)?.[1];
      if (!inner || name === undefined) return false;
      return oneRow(sql, name) === 0;
    });
    expect(scans).toEqual([]);
    // The plan among itself is small.
    const automatic = steps.filter(
      ({ sql, detail }) => detail.includes("AUTOMATIC") && !/"plan:\w+" AS "/.test(sql),
    );
    expect(automatic).toEqual([]);
    expect(
      steps.some(({ detail }) => detail.startsWith("SEARCH artikel USING INTEGER PRIMARY KEY")),
    ).toBe(true);
  });
});
