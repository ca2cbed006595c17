import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeShapes } from "../src/engine/workspace.ts";
import { collectChangedKeys } from "../src/sqlite/changed-keys.ts";
import type { ChangedPages, SideChanges } from "../src/sqlite/changed-pages.ts";
import { findChanges } from "../src/sqlite/changes.ts";
import { openAttached } from "../src/sqlite/connection.ts";
import { comparedTable } from "../src/sqlite/diff/compared.ts";
import { projectPair } from "../src/sqlite/projection/project-pair.ts";
import { planTableScan } from "../src/sqlite/diff/plan-scan.ts";
import type { PagesScan } from "../src/sqlite/diff/plan-scan.ts";
import { columnList, keyList, keyMatches, rowsDiffer } from "../src/sqlite/expressions.ts";
import { fileIdentity, findDatabase } from "../src/sqlite/files.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { TableSigned, TableToSign } from "../src/sqlite/pages/sign.ts";
import { createPlan } from "../src/sqlite/plan-tables.ts";
import { readSchema } from "../src/sqlite/schema/read-schema.ts";
import type { Table } from "../src/sqlite/schema/types.ts";
import { CONTROL as C } from "../src/sqlite/shape.ts";
import type { Shape } from "../src/sqlite/shape.ts";
import { temporaryFolder } from "./databases.ts";
import {
  WORKLOADS,
  WORKLOAD_RUNS,
  applyPageEdits,
  buildWorkload,
  pageEdits,
  pageWorkloads,
} from "./page-workload.ts";

const hash = await loadPageHash();
const PACE = {
  phase: "read" as const,
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
};

test(
  "the pages lead to the same plan as comparing every row with the base",
  { timeout: 60_000 + 2000 * WORKLOADS },
  async () => {
    const folder = temporaryFolder();
    const seen = { tables: 0, told: 0, planned: 0 };
    await fc.assert(
      fc.asyncProperty(pageWorkloads, pageEdits, async (given, unsettledEdits) => {
        const work = { ...given, addColumn: false };
        const old = join(folder, "old.db");
        const base = join(folder, "base.db");
        const before = buildWorkload({ ...work, a: [], b: [], repackB: false }, folder);
        before.close();
        for (const path of [old, base]) copyFileSync(before.a, path);
        // What no run could settle: rows that the base has otherwise than the sides, and knows about.
        editFile(base, (db) => applyPageEdits(db, work, unsettledEdits));
        const pair = buildWorkload(work, folder);
        const db = openAttached(
          {
            a: findDatabase(pair.a, { write: false }),
            b: findDatabase(pair.b, { write: false }),
            base: findDatabase(base, { write: false }),
            old: findDatabase(old, { write: false }),
          },
          true,
          1000,
        );
        try {
          db.exec("BEGIN");
          const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
          for (const table of schemas.a.tables) {
            seen.tables++;
            if (table.key.length === 0 || table.nullableKey) continue;
            const seenPair = projectPair(schemas, {}, { a: false, b: false });
            const [shape] = makeShapes([table], seenPair, RUN, {
              schema: null,
              tables: new Set(),
              hasState: false,
            });
            if (shape === undefined) throw new Error("one table");
            const scan = planTableScan(db, comparedTable(table, shape.sides), schemas);
            if (scan.type === "not-known") continue;
            const { key, rootA, rootB } = scan.table;
            const root = db
              .prepare("SELECT rootpage FROM old.sqlite_schema WHERE name = ?")
              .pluck()
              .get(table.name);
            const first = sign(old, {
              root: Number(root),
              key,
              keyIndex: keyIndexIn(db, table, scan, "old"),
              remembered: null,
              leaves: null,
              wroteSince: false,
            });
            if (first.type === "not-known") continue;
            const remembered = first.signature;
            const now = (side: "a" | "b", tree: number): SideChanges | null => {
              const keyIndex = keyIndexIn(db, table, scan, side);
              return changesOf(
                sign(pair[side], {
                  root: tree,
                  key,
                  keyIndex,
                  remembered,
                  leaves: null,
                  wroteSince: false,
                }),
              );
            };
            const [a, b] = [now("a", rootA), now("b", rootB)];
            if (a === null || b === null) continue;
            seen.told++;
            const based = { ...shape, work: { ...shape.work, base: `base."${table.name}"` } };
            const unsettled = noteUnsettled(db, based);
            const pages: ChangedPages = {
              a,
              b,
              scan,
              unsettled,
              areCounted: false,
              isWithoutNull: true,
            };
            const wanted = planOf(db, based, () => findChanges(db, based, PACE, null));
            const found = planOf(db, based, () =>
              findChanges(db, based, PACE, collectChangedKeys(db, based, pages)?.keys ?? null),
            );
            seen.planned += wanted.length;
            expect(found).toEqual(wanted);
          }
        } finally {
          db.close();
          pair.close();
          for (const path of [old, base]) rmSync(path, { force: true });
        }
      }),
      WORKLOAD_RUNS,
    );
    expect(seen.told / seen.tables).toBeGreaterThan(0.3);
    expect(seen.planned).toBeGreaterThan(10 * WORKLOADS);
  },
);

const RUN = {
  id: "run",
  schema: "temp" as const,
  startedMs: 0,
  policy: "manual",
  policyVersion: null,
  limited: false,
};

/** The index of the key as one of the files has it, which may stand elsewhere in each. */
function keyIndexIn(
  db: Database.Database,
  table: Table,
  { keyOrder }: PagesScan,
  file: "a" | "b" | "old",
): TableToSign["keyIndex"] {
  if (keyOrder.type !== "index") return null;
  const root = db
    .prepare(
      `SELECT rootpage FROM ${file}.sqlite_schema
       WHERE name = (SELECT name FROM a.sqlite_schema WHERE rootpage = ?)`,
    )
    .pluck()
    .safeIntegers(false)
    .get(keyOrder.rootA);
  return typeof root === "number" ? { root, parts: table.key.length } : null;
}

function editFile(path: string, act: (db: Database.Database) => void): void {
  const db = new Database(path);
  db.pragma("journal_mode = delete");
  act(db);
  db.close();
}

function sign(path: string, table: TableToSign): TableSigned {
  const file = { path, identity: fileIdentity(path) };
  const answer = signDatabase({ file, tables: [table], written: null }, hash);
  if (answer.type === "not-known") return answer;
  const [signed] = answer.tables;
  if (signed === undefined) throw new Error("one table was asked for");
  return signed;
}

function changesOf(signed: TableSigned): SideChanges | null {
  if (signed.type !== "signed" || signed.changed === null) return null;
  return { ...signed, changed: signed.changed };
}

/** The keys of rows in which the base is not what the pages were signed with. */
function noteUnsettled(db: Database.Database, { table, work }: Shape): string {
  const old = `old."${table.name}"`;
  const only = (x: string, y: string): string =>
    `SELECT ${keyList(table, "x")} FROM ${x} AS x LEFT JOIN ${y} AS y ON ${keyMatches(table, "y", "x")}
     WHERE ${keyList(table, "y").split(",")[0]} IS NULL OR ${rowsDiffer(table, "x", "y")}`;
  const name = `temp."unsettled ${table.name}"`;
  db.exec(`DROP TABLE IF EXISTS ${name}; CREATE TEMP TABLE "unsettled ${table.name}" AS
    ${only(old, work.base ?? "")} UNION ALL ${only(work.base ?? "", old)}`);
  return name;
}

function planOf(db: Database.Database, shape: Shape, find: () => void): unknown[] {
  createPlan(db, shape);
  find();
  const control = [C.didA, C.didB, C.outcome, C.gone, C.toA, C.toB, C.rowidA, C.rowidB].join(", ");
  return db
    .prepare(
      `SELECT ${columnList(shape.table)}, ${control} FROM ${shape.work.plan} ORDER BY ${keyList(shape.table)}`,
    )
    .safeIntegers()
    .raw()
    .all();
}
