import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOwnFacilities } from "../src/engine/facilities.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import type { RunResult } from "../src/engine/request.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { SignRequest } from "../src/sqlite/pages/sign.ts";
import { dumpRows } from "./databases.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair, TestSyncOptions } from "./sync-pair.ts";

const hash = await loadPageHash();

/** Pages are read in this process: nobody else has the files open. */
function facilitiesHere(): RunFacilities {
  const pages = {
    follows: false,
    expect: () => undefined,
    sign: async (requests: readonly SignRequest[]) =>
      requests.map((request) => signDatabase(request, hash)),
  };
  return { ...createOwnFacilities(), pages };
}

async function syncByPages(options: TestSyncOptions = {}): Promise<RunResult> {
  return pair.sync({ ...options, scan: "pages" }, facilitiesHere());
}

/** Of each kind a table of some pages, and values on overflow pages. */
const ROWS = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)";
const SCHEMA = `
  CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
  CREATE TABLE line (o INTEGER, n INTEGER, text TEXT, PRIMARY KEY (o, n)) WITHOUT ROWID;
  CREATE TABLE tag (k TEXT PRIMARY KEY, v);
  CREATE TABLE log (text TEXT);
  ${ROWS} INSERT INTO note SELECT i, 'note ' || i FROM n;
  ${ROWS} INSERT INTO line SELECT i / 5, i % 5, 'line ' || i FROM n;
  ${ROWS} INSERT INTO tag SELECT 'tag ' || (i * 7919 % 10007), i FROM n;
  INSERT INTO tag VALUES (NULL, 'x'), (NULL, 'x'), (NULL, 'y');
  INSERT INTO log VALUES ('a'), ('a'), ('b');
  UPDATE note SET text = printf('%.*c', 30000, 'x') WHERE id % 500 = 1;`;

let pair: TestPair;
beforeEach(() => {
  pair = makePair("");
  const db = new Database(pair.a);
  db.exec(SCHEMA);
  db.close();
  copyFileSync(pair.a, pair.b);
});
afterEach(() => pair.remove());

describe("on the first run of two copies, no row is compared", () => {
  it("and all of them are agreed on", async () => {
    const compared: string[] = [];
    const { report } = await syncByPages({
      onProgress: ({ table, total }) => void compared.push(`${table} ${total}`),
    });
    const { report: full } = await makeOther().sync({ scan: "full" });
    expect(report.tables).toEqual(full.tables);
    expect(report.tables.map(({ agreed }) => agreed)).toEqual([2000, 2000, 2002, 2]);
    // Begun and done once, to fill the base: comparing would be told as well.
    const filled = ["note 2000", "line 2000", "tag 2000"];
    expect(compared).toEqual(filled.flatMap((table) => [table, table]));
  });

  it("and what changes later is found, deletions too", async () => {
    await syncByPages();
    pair.edit(
      "a",
      "UPDATE note SET text = 'a' WHERE id = 7; DELETE FROM line WHERE o = 3; DELETE FROM tag WHERE k IS NULL",
    );
    pair.edit(
      "b",
      "DELETE FROM note WHERE id = 9; UPDATE tag SET v = 'b' WHERE v = 5; INSERT INTO log VALUES ('c')",
    );
    const { report } = await pair.sync({ scan: "full" });
    expect(report.conflicts.parked).toBe(0);
    expect(report.tables.map(({ copied }) => copied)).toEqual([2, 5, 3, 1]);
    expect(dumpRows(pair.a)).toEqual(dumpRows(pair.b));
  });

  it("but where they are no copies any more, be it by a byte on an overflow page", async () => {
    pair.edit(
      "b",
      "UPDATE note SET text = substr(text, 1, 20000) || 'y' || substr(text, 20002) WHERE id = 501",
    );
    const { report, outcomes } = await syncByPages();
    expect(report.conflicts.parked).toBe(1);
    expect(outcomes.map(({ key }) => key)).toEqual([{ id: 501n }]);
    expect(report.tables.map(({ agreed }) => agreed)).toEqual([1999, 2000, 2002, 2]);
  });

  it.each([
    ["note", "DELETE FROM note WHERE id = 2000", 1],
    ["line", "UPDATE line SET text = 'other' WHERE o = 7 AND n = 2", 0],
    ["tag", "INSERT INTO tag VALUES ('new', 1)", 1],
  ])("nor where %s is another one", async (name, edit, copied) => {
    pair.edit("b", edit);
    const { report } = await syncByPages();
    const found = report.tables.find(({ table }) => table === name);
    expect(found?.copied).toBe(copied);
    expect(found?.conflicts.parked).toBe(1 - copied);
  });
});

/** The same pair with a state of its own. */
function makeOther(): Pick<TestPair, "sync"> {
  return { sync: async (options) => pair.sync({ ...options, stateDir: `${pair.stateDir}-other` }) };
}
