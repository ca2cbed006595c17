import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { integrityOf } from "@sync/testkit";
import { STEPS } from "../src/engine/steps.ts";
import { runHalfCommitted, runKilled } from "./crash-run.ts";
import { dumpRows, temporaryFolder } from "./databases.ts";
import { buildWorkload, pageWorkloads } from "./page-workload.ts";
import { makePair, makePairOf } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";
import { TRAPS } from "./trap-table.ts";

// Each case is several runs.
vi.setConfig({ testTimeout: 60_000 });

/** More in a night: `LOADS=5000`. */
const LOADS = Number(process.env["LOADS"] ?? 10);

/** A row that both sides have: then neither is empty, and everything goes by the plan. */
const NOT_EMPTY = "CREATE TABLE zz (x INTEGER PRIMARY KEY); INSERT INTO zz VALUES (1)";

/** All rows of `full` go to a side that has its tables and no row: without a plan, and with one. */
async function loadBothWays(full: string): Promise<readonly [plain: unknown, planned: unknown]> {
  return [await loadOnce(full, ""), await loadOnce(full, NOT_EMPTY)];
}

async function loadOnce(full: string, also: string): Promise<unknown> {
  const pair = makePair("");
  try {
    for (const side of ["a", "b"] as const) copyFileSync(full, pair[side]);
    pair.edit("b", emptied(full));
    for (const side of ["a", "b"] as const) pair.edit(side, also);
    const first = await pair.sync();
    const second = await pair.sync();
    const reports = [first, second].map(({ report, outcomes }) => ({
      tables: report.tables.filter(({ table }) => table !== "zz"),
      outcomes,
    }));
    const rows = [pair.a, pair.b].map((path) => Object.assign(dumpRows(path), { zz: [] }));
    return { reports, rows, rowids: rowidsOf(pair.b), problems: integrityOf(pair.b).problems };
  } finally {
    await pair.release();
    pair.remove();
  }
}

const TABLES = `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
  AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'zz' ORDER BY name`;

function withTables<T>(path: string, use: (db: Database.Database, names: string[]) => T): T {
  const db = new Database(path, { readonly: true });
  try {
    const names = db.prepare(TABLES).pluck().all() as string[];
    return use(
      db,
      names.map((name) => `"${name.replaceAll('"', '""')}"`),
    );
  } finally {
    db.close();
  }
}

function emptied(path: string): string {
  const off = "PRAGMA foreign_keys = OFF;";
  return withTables(path, (_, names) => off + names.map((name) => `DELETE FROM ${name};`).join(""));
}

/** Where rows lie, which is not their key. */
function rowidsOf(path: string): unknown {
  return withTables(path, (db, names) =>
    names.map((name) => {
      const hasRowid = db.prepare("SELECT wr = 0 FROM pragma_table_list WHERE name = ?").pluck();
      if (hasRowid.get(name.slice(1, -1)) !== 1) return [name];
      return [name, db.prepare(`SELECT rowid FROM ${name} ORDER BY 1`).pluck().all()];
    }),
  );
}

test(
  "an empty side that is filled without a plan becomes what it becomes with one",
  { timeout: 60_000 + 5000 * LOADS },
  async () => {
    const folder = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(pageWorkloads, async (work) => {
        const built = buildWorkload({ ...work, a: [], b: [] }, folder);
        built.close();
        const [plain, planned] = await loadBothWays(built.a);
        expect(plain).toEqual(planned);
      }),
      { numRuns: LOADS, endOnFailure: true },
    );
  },
);

test.each(TRAPS.map((trap) => [trap.name, trap] as const))(
  "so does that of %s",
  async (_, trap) => {
    const full = join(temporaryFolder(), "full.db");
    const db = new Database(full);
    trap.base(db);
    db.close();
    const [plain, planned] = await loadBothWays(full);
    expect(plain).toEqual(planned);
  },
);

const SCHEMA = `CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
  CREATE TABLE book (isbn TEXT PRIMARY KEY, author INTEGER REFERENCES author (id), title TEXT CHECK (title <> ''));
  CREATE TABLE tag (k TEXT, v, PRIMARY KEY (k)) WITHOUT ROWID;`;
const ROWS = `INSERT INTO author VALUES (1, 'Ada'), (7, 'Grace');
  INSERT INTO book (rowid, isbn, author, title) VALUES (9, 'x', 7, 'C'), (4, 'a', 1, 'B'), (5, 'b', NULL, 'D');
  INSERT INTO tag VALUES ('p', 1), ('q', 1.0), ('r', '1');`;
const FULL = SCHEMA + ROWS;

let pair: TestPair;
let hasPair = false;
afterEach(async () => {
  if (!hasPair) return;
  hasPair = false;
  await pair.release();
  pair.remove();
});

function makeOwn(a: string, b: string, mode = "wal"): void {
  pair = makePairOf({ a, b }, mode);
  hasPair = true;
}

function expectEqualSides(): void {
  expect(dumpRows(pair.b)).toEqual(dumpRows(pair.a));
  expect(integrityOf(pair.b)).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
}

describe.each(["wal", "delete"])("an empty side in %s mode", (mode) => {
  it("gets all rows, and none of them stands in a plan", async () => {
    makeOwn(FULL, SCHEMA, mode);
    const planned: unknown[] = [];
    const { report } = await pair.sync({
      onStep: (step) => {
        if (step === "planned") planned.push(...plannedRows());
      },
    });
    expect(planned).toEqual([0, 0, 0]);
    expect(
      report.tables.map(({ toA, toB, copied }) => [toA.inserted, toB.inserted, copied]),
    ).toEqual([
      [0, 2, 2],
      [0, 3, 3],
      [0, 3, 3],
    ]);
    expectEqualSides();
    expect(rowidsOf(pair.b)).toEqual(rowidsOf(pair.a));
  });

  it("may be the first of the two", async () => {
    makeOwn(SCHEMA, FULL, mode);
    const { report } = await pair.sync();
    expect(report.tables.map(({ toA }) => toA.inserted)).toEqual([2, 3, 3]);
    expectEqualSides();
  });

  it("is known afterwards: what is deleted there goes from the other one", async () => {
    makeOwn(FULL, SCHEMA, mode);
    await pair.sync();
    pair.edit("b", "DELETE FROM tag WHERE k = 'q'; UPDATE author SET name = 'Ada L.' WHERE id = 1");
    const { report } = await pair.sync();
    expect(report.tables.map(({ toA }) => toA.updated + toA.deleted)).toEqual([1, 0, 1]);
    expectEqualSides();
  });

  it.each([...STEPS])(
    "is filled by the next run when the first was killed at %s",
    async (killAt) => {
      makeOwn(FULL, SCHEMA, mode);
      runKilled(pair, { killAt, policy: "prefer-b" });
      await pair.sync();
      expectEqualSides();
      expect(dumpRows(pair.a)["author"]).toHaveLength(2);
      const { report } = await pair.sync();
      expect(report.tables.every(({ copied, agreed }) => copied + agreed === 0)).toBe(true);
    },
  );

  it("is filled by the next run when its commit did not get there", async () => {
    makeOwn(FULL, SCHEMA, mode);
    runHalfCommitted(pair, { policy: "prefer-b" });
    await pair.sync();
    expectEqualSides();
    expect(dumpRows(pair.a)["tag"]).toHaveLength(3);
  });

  it.each([
    ["a key of its own", "(3, 'Eve')", 0],
    ["a key that comes", "(1, 'Bob'), (3, 'Eve')", 1],
  ])("loses no row that somebody puts there meanwhile, under %s", async (_, rows, resolved) => {
    makeOwn(FULL, SCHEMA, mode);
    let isFirst = true;
    const { report } = await pair.sync({
      policy: { name: "prefer-a", decide: () => ({ type: "take", side: "a" }) },
      onStep: (step) => {
        if (step === "drafted" && isFirst) pair.edit("b", `INSERT INTO author VALUES ${rows}`);
        isFirst = false;
      },
    });
    expect(report.conflicts.resolved).toBe(resolved);
    const names = pair.rows("a", "SELECT name FROM author ORDER BY id");
    expect(names).toEqual([{ name: "Ada" }, { name: "Eve" }, { name: "Grace" }]);
    expectEqualSides();
  });

  it("gets what was read, where the other side goes on; the rest follows", async () => {
    makeOwn(FULL, SCHEMA, mode);
    await pair.sync({
      onStep: (step) => {
        if (step === "planned")
          pair.edit(
            "a",
            "DELETE FROM book WHERE isbn = 'a'; UPDATE tag SET v = 2; INSERT INTO author VALUES (3, 'Eve')",
          );
      },
    });
    expect(dumpRows(pair.b)["book"]).toHaveLength(3);
    expect(pair.rows("b", "SELECT v FROM tag WHERE k = 'p'")).toEqual([{ v: 1n }]);
    const { report } = await pair.sync();
    expect(report.tables.map(({ toB }) => [toB.inserted, toB.updated, toB.deleted])).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 3, 0],
    ]);
    expectEqualSides();
  });
});

describe("a row that the empty side must not get waits, and all others come:", () => {
  it.each([
    [
      "its own side broke a CHECK",
      "PRAGMA ignore_check_constraints = ON; INSERT INTO book VALUES ('z', 1, '')",
    ],
    [
      "its own side broke a NOT NULL",
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'shelf';
       PRAGMA writable_schema = RESET; INSERT INTO shelf VALUES (2, NULL);
       PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'place TEXT', 'place TEXT NOT NULL') WHERE name = 'shelf';
       PRAGMA writable_schema = RESET`,
    ],
    ["its parent is missing", "PRAGMA foreign_keys = OFF; INSERT INTO book VALUES ('z', 99, 'E')"],
  ])("%s", async (_, broken) => {
    const shelf = "CREATE TABLE shelf (id INTEGER PRIMARY KEY, place TEXT NOT NULL);";
    makeOwn(`${FULL} ${shelf} INSERT INTO shelf VALUES (1, 'top');`, SCHEMA + shelf);
    const db = new Database(pair.a);
    db.unsafeMode(true);
    db.exec(broken);
    db.close();
    const { report } = await pair.sync();
    expect(report.conflicts.parked).toBe(1);
    const counts = ["author", "book", "tag", "shelf"].map(
      (table) => pair.rows("b", `SELECT count(*) AS n FROM ${table}`)[0],
    );
    expect(counts).toEqual([{ n: 2n }, { n: 3n }, { n: 3n }, { n: 1n }]);
  });
});

/** Entries of an index become those of another one. */
const REPLACED = (index: string, other: string): string =>
  `PRAGMA writable_schema = ON;
   UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = '${other}') WHERE name = '${index}'`;

describe.each(["author (name)", "book (title)"])("of a side whose index on %s", (indexed) => {
  it.each([
    ["lacks rows", "CREATE INDEX other ON tag (v) WHERE v IS NULL"],
    ["names other rows", "CREATE INDEX other ON tag (k)"],
  ])("%s it gets all rows, and a sound index", async (_, other) => {
    const index = `CREATE INDEX found ON ${indexed};`;
    makeOwn(FULL + index, SCHEMA + index);
    const db = new Database(pair.a);
    db.unsafeMode();
    db.exec(`${other}; ${REPLACED("found", "other")}`);
    db.close();
    await pair.sync();
    expect(integrityOf(pair.a).problems).not.toEqual([]);
    expect(integrityOf(pair.b)).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
    expect(dumpRows(pair.b)["book"]).toHaveLength(3);
  });
});

it("of a side with a record that cannot be read stays sound", async () => {
  const note = "CREATE TABLE note (id INTEGER PRIMARY KEY, text);";
  makeOwn(`${FULL} ${note} INSERT INTO note VALUES (1, 'abcde')`, SCHEMA + note, "delete");
  const bytes = readFileSync(pair.a);
  // The byte before a record's only text says how long it is.
  const type = bytes.lastIndexOf("abcde") - 1;
  expect(bytes[type]).toBe(13 + 2 * 5);
  bytes[type] = 13 + 2 * 50;
  writeFileSync(pair.a, bytes);
  expect(integrityOf(pair.a).problems).not.toEqual([]);
  await pair.sync().catch(() => undefined);
  expect(integrityOf(pair.b)).toEqual({ problems: [], foreignKeys: [], staleIndexes: [] });
});

it("that is put back empty is noticed", async () => {
  const rows =
    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30) INSERT INTO author SELECT i, 'n' || i FROM n";
  makeOwn(`${SCHEMA} ${rows}`, SCHEMA, "delete");
  await pair.sync();
  await pair.release();
  pair.edit("b", "DELETE FROM author");
  await expect(pair.sync()).rejects.toMatchObject({ code: "SYNC_LINEAGE" });
});

/** How many rows the plan of each table has, as another program sees the state. */
function plannedRows(): number[] {
  const name = readdirSync(pair.stateDir, { recursive: true, encoding: "utf8" }).find((found) =>
    found.endsWith("state.sqlite"),
  );
  const db = new Database(join(pair.stateDir, name ?? ""), { readonly: true });
  try {
    const count = (table: string): number =>
      db.prepare(`SELECT count(*) FROM "plan:${table}"`).pluck().get() as number;
    return ["author", "book", "tag"].map(count);
  } finally {
    db.close();
  }
}
