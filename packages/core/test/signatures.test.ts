import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openAttached } from "../src/sqlite/connection.ts";
import { candidateSources } from "../src/sqlite/diff/candidate-tables.ts";
import { comparedTable } from "../src/sqlite/diff/compared.ts";
import type { Compared } from "../src/sqlite/diff/compared.ts";
import { projectPair } from "../src/sqlite/projection/project-pair.ts";
import { bothTables } from "../src/sqlite/projection/views.ts";
import { planTableScan } from "../src/sqlite/diff/plan-scan.ts";
import type { BothSchemas, PagesScan } from "../src/sqlite/diff/plan-scan.ts";
import { contentMatches, keyHasNull, keyMatches, rowsDiffer } from "../src/sqlite/expressions.ts";
import { fileIdentity, findDatabase } from "../src/sqlite/files.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { TableSigned, TableToSign } from "../src/sqlite/pages/sign.ts";
import { readSchema } from "../src/sqlite/schema/read-schema.ts";
import type { Table } from "../src/sqlite/schema/types.ts";
import { makeDatabase, temporaryFolder } from "./databases.ts";
import { WORKLOADS, WORKLOAD_RUNS, buildWorkload, pageWorkloads } from "./page-workload.ts";

const hash = await loadPageHash();

type Signed = Extract<TableSigned, { type: "signed" }>;

/** A table that was signed as it is in a, and looked at as it is in b. */
interface Looked {
  readonly table: Table;
  readonly schemas: BothSchemas;
  readonly scan: PagesScan;
  readonly signed: Signed;
}

test(
  "what changed since pages were signed is among the candidates, whatever was done to the file",
  { timeout: 60_000 + 2000 * WORKLOADS },
  async () => {
    const folder = temporaryFolder();
    const seen = { tables: 0, told: 0, unchanged: 0, clean: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, async (work) => {
        // a stays as it was; b is what became of it.
        const pair = buildWorkload({ ...work, a: [], addColumn: false }, folder);
        const db = openAttached(
          { a: findDatabase(pair.a, { write: false }), b: findDatabase(pair.b, { write: false }) },
          true,
          1000,
        );
        try {
          db.exec("BEGIN");
          const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
          for (const table of schemas.a.tables) {
            seen.tables++;
            const looked = look(db, pair, table, schemas);
            if (looked === null) continue;
            seen.told++;
            if (looked.signed.isUnchanged) seen.unchanged++;
            if (looked.signed.cleanRows > 0) seen.clean++;
            expect(missedIn(db, looked)).toEqual([]);
          }
        } finally {
          db.close();
          pair.close();
        }
      }),
      WORKLOAD_RUNS,
    );
    // "Don't know", and everything a candidate, is always right: it must not be what the test tests.
    expect(seen.told / seen.tables).toBeGreaterThan(0.75);
    expect(seen.unchanged).toBeGreaterThan(WORKLOADS / 30);
    expect(seen.clean / seen.told).toBeGreaterThan(0.3);
  },
);

test("an edit inside a long value is seen, though no leaf changes", () => {
  const folder = temporaryFolder();
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  makeDatabase(pair.a, (db) =>
    db.exec(`CREATE TABLE t (k INTEGER PRIMARY KEY, v); CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
      INSERT INTO t VALUES (1, printf('%.*c', 9000, 'x')), (2, 'short'); INSERT INTO w SELECT * FROM t`),
  );
  copyFileSync(pair.a, pair.b);
  makeDatabase(pair.b, (db) => {
    for (const table of ["t", "w"])
      db.exec(`UPDATE ${table} SET v = substr(v, 1, 6000) || '!' || substr(v, 6002) WHERE k = 1`);
  });
  const lookedAt = expect.objectContaining({ isUnchanged: false, cleanRows: 0 });
  expect(lookAtAll(pair).map(({ signed }) => signed)).toEqual([lookedAt, lookedAt]);
  expect(lookAtAll(pair).flatMap(({ missed }) => missed)).toEqual([]);
});

test(
  "whichever row is deleted, first or last of its leaf, it is told where",
  { timeout: 60_000 },
  () => {
    const folder = temporaryFolder();
    const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
    const rows = 40;
    makeDatabase(pair.a, (db) =>
      db.exec(`PRAGMA page_size = 512; CREATE TABLE t (k INTEGER PRIMARY KEY, v);
      CREATE TABLE w (k INTEGER PRIMARY KEY, v) WITHOUT ROWID;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO t SELECT i, printf('%.*c', 50, 'x') FROM n; INSERT INTO w SELECT * FROM t`),
    );
    for (let key = 1; key <= rows; key++) {
      copyFileSync(pair.a, pair.b);
      makeDatabase(pair.b, (db) =>
        db.exec(`DELETE FROM t WHERE k = ${key}; DELETE FROM w WHERE k = ${key}`),
      );
      const looked = lookAtAll(pair);
      expect(looked.map(({ missed }) => missed)).toEqual([[], []]);
      expect(looked.every(({ signed }) => signed.cleanRows > 0)).toBe(true);
    }
  },
);

/** Every table, as it was signed in a and is found in b. */
function lookAtAll(pair: { readonly a: string; readonly b: string }): readonly {
  readonly signed: Signed;
  readonly missed: readonly string[];
}[] {
  const db = openAttached(
    { a: findDatabase(pair.a, { write: false }), b: findDatabase(pair.b, { write: false }) },
    true,
    1000,
  );
  try {
    const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
    return schemas.a.tables.flatMap((table) => {
      const looked = look(db, pair, table, schemas);
      return looked === null ? [] : [{ signed: looked.signed, missed: missedIn(db, looked) }];
    });
  } finally {
    db.close();
  }
}

function look(
  db: Database.Database,
  pair: { readonly a: string; readonly b: string },
  table: Table,
  schemas: BothSchemas,
): Looked | null {
  const scan = planTableScan(db, comparedIn(schemas, table), schemas);
  if (scan.type === "not-known") return null;
  const { key, rootA, rootB } = scan.table;
  const before = sign(pair.a, {
    root: rootA,
    key,
    keyIndex: null,
    remembered: null,
    leaves: null,
    wroteSince: false,
  });
  if (before === null) return null;
  const { signature: remembered } = before;
  const signed = sign(pair.b, {
    root: rootB,
    key,
    keyIndex: null,
    remembered,
    leaves: null,
    wroteSince: false,
  });
  return signed === null ? null : { table, schemas, scan, signed };
}

function comparedIn(schemas: BothSchemas, table: Table): Compared {
  const both = bothTables(projectPair(schemas, {}, { a: false, b: false }), table.name);
  if (both === null) throw new Error("the table is on both sides");
  return comparedTable(table, both);
}

function sign(path: string, table: TableToSign): Signed | null {
  const file = { path, identity: fileIdentity(path) };
  const answer = signDatabase({ file, tables: [table], written: null }, hash);
  const signed = answer.type === "signed" ? answer.tables[0] : undefined;
  return signed?.type === "signed" ? signed : null;
}

/** Differences that what was found does not lead to, in words. */
function missedIn(db: Database.Database, looked: Looked): string[] {
  const { table, schemas, signed } = looked;
  const count = (sql: string): number => Number(db.prepare(sql).pluck().get());
  const { a, b } = comparedIn(schemas, table);
  const problems: string[] = [];
  if (signed.rows !== count(`SELECT count(*) FROM ${b}`)) problems.push("rows are miscounted");
  const isSame = `EXISTS (SELECT 1 FROM ${a} AS y WHERE ${contentMatches(table, "y", "x")})`;
  const differing = count(`SELECT count(*) FROM ${b} AS x WHERE NOT ${isSame}`);
  const isAsBefore = differing === 0 && count(`SELECT count(*) FROM ${a}`) === signed.rows;
  if (signed.isUnchanged && !isAsBefore) problems.push("a change was taken for none");
  // What has no key, or NULL in it, is only asked whether anything changed.
  const isBag = table.key.length === 0 || table.nullableKey;
  if (!isBag && signed.changed !== null) problems.push(...missedRows(db, looked, count));
  return problems;
}

function missedRows(
  db: Database.Database,
  { table, schemas, scan, signed }: Looked,
  count: (sql: string) => number,
): string[] {
  const { changed } = signed;
  if (changed === null) return [];
  const { a, b } = comparedIn(schemas, table);
  const nothing = { count: 0, rows: new Uint8Array(0) };
  const candidates = { rowsInA: 0, a: nothing, b: changed };
  const sources = candidateSources(db, comparedIn(schemas, table), { scan, candidates });
  db.exec(`DROP TABLE IF EXISTS temp.candidate; CREATE TEMP TABLE candidate AS SELECT x.* FROM ${sources.b};
    DROP TABLE ${sources.a.split(" AS ")[0]}; DROP TABLE ${sources.b.split(" AS ")[0]}`);
  const isSame = `EXISTS (SELECT 1 FROM ${a} AS y WHERE ${keyMatches(table, "y", "x")} AND NOT ${rowsDiffer(table, "x", "y")})`;
  const isCandidate = `EXISTS (SELECT 1 FROM temp.candidate AS c WHERE ${keyMatches(table, "c", "x")})`;
  const missed = count(`SELECT count(*) FROM ${b} AS x WHERE NOT ${isSame} AND NOT ${isCandidate}`);
  const isGone = `NOT EXISTS (SELECT 1 FROM ${b} AS y WHERE ${keyMatches(table, "y", "x")}) AND NOT ${keyHasNull(table, "x")}`;
  const gone = count(`SELECT count(*) FROM ${a} AS x WHERE ${isGone}`);
  const problems = missed > 0 ? [`${missed} changed rows are no candidates`] : [];
  if (table.keyIsRowid) {
    const key = `x."${table.key[0]?.name ?? ""}"`;
    const inGaps = signed.gaps
      .map(({ from, to }) =>
        count(
          `SELECT count(*) FROM ${a} AS x WHERE ${isGone} AND ${key} BETWEEN ${from} AND ${to}`,
        ),
      )
      .reduce((sum, found) => sum + found, 0);
    if (inGaps !== gone) problems.push(`${gone - inGaps} deleted rows lie in no gap`);
  }
  // Of every kind: as many rows are gone as are neither on a unit that is as it was, nor under a candidate's key.
  const known = count(`SELECT count(*) FROM ${a}`);
  const matched = count(
    `SELECT count(*) FROM temp.candidate AS x WHERE EXISTS (SELECT 1 FROM ${a} AS y WHERE ${keyMatches(table, "y", "x")})`,
  );
  if (known - signed.cleanRows - matched !== gone)
    problems.push("the numbers do not tell what is gone");
  return problems;
}
