import Database from "better-sqlite3";
import { cases, describeTables, dumpDatabase, quoteName } from "@sync/testkit";
import type { TableDescription } from "@sync/testkit";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { applyEdits, buildSides } from "@sync/testkit";
import type { Case } from "@sync/testkit";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { POLICIES, syncScene } from "./law-scene.ts";
import type { LawRun, Scene } from "./law-scene.ts";

vi.setConfig({ testTimeout: 600_000 });

const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 15);

/** What a run gives, and what both sides hold afterwards, under the common names. */
interface Given {
  readonly tables: unknown;
  readonly outcomes: unknown;
  readonly a: unknown;
  readonly b: unknown;
}

const policies = fc.constantFrom(
  ...(["manual", "prefer-a", "prefer-b", "last-write-wins"] as const),
);

describe("for any two databases and any edits", () => {
  it("a pair whose sides have other names comes to what it comes to under the same names", async () => {
    const seen = { cases: 0, renamed: 0, copied: 0, conflicts: 0 };
    await fc.assert(
      fc.asyncProperty(
        cases(),
        policies,
        fc.boolean(),
        fc.boolean(),
        async (testCase, policy, hasBase, swap) => {
          seen.cases++;
          const run = { policy: POLICIES[policy], swap };
          const mapped = await playMapped(testCase, hasBase, run);
          if (mapped === null) return;
          seen.renamed++;
          const plain = await playPlain(testCase, hasBase, run);
          expect(mapped).toEqual(plain.given);
          seen.copied += plain.copied;
          seen.conflicts += plain.conflicts;
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(seen.renamed / seen.cases).toBeGreaterThan(0.5);
    expect(seen.copied).toBeGreaterThan(RUNS / 2);
    expect(seen.conflicts).toBeGreaterThan(RUNS / 8);
  });
});

async function playPlain(
  testCase: Case,
  hasBase: boolean,
  run: LawRun,
): Promise<{ readonly given: Given; readonly copied: number; readonly conflicts: number }> {
  return inFolder(testCase, async (scene) => {
    if (hasBase) await syncScene(scene);
    edit(scene, testCase);
    const { report, outcomes } = await syncScene(scene, run);
    const sum = (count: (table: (typeof report.tables)[number]) => number): number =>
      report.tables.reduce((total, table) => total + count(table), 0);
    return {
      given: { tables: report.tables, outcomes: outcomes.length, ...dumps(scene) },
      copied: sum(({ copied }) => copied),
      conflicts: sum(({ conflicts }) => conflicts.parked + conflicts.resolved),
    };
  });
}

/** @returns `null` where SQLite cannot rename the tables, or none of them can be mapped */
async function playMapped(testCase: Case, hasBase: boolean, run: LawRun): Promise<Given | null> {
  return inFolder(testCase, async (scene) => {
    const tables = describeTables(scene.files.a).filter((table) => isMappable(scene, table));
    if (tables.length === 0 || !canRename(scene, tables)) return null;
    const view = viewOf(tables, run.swap === true);
    if (hasBase) {
      rename(scene, tables, "away");
      await syncScene(scene, { view: viewOf(tables, false) });
      rename(scene, tables, "back");
    }
    edit(scene, testCase);
    rename(scene, tables, "away");
    const { report, outcomes } = await syncScene(scene, { ...run, view });
    rename(scene, tables, "back");
    return { tables: report.tables, outcomes: outcomes.length, ...dumps(scene) };
  });
}

async function inFolder<Result>(
  testCase: Case,
  use: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "sync-law-"));
  try {
    return await use({ files: buildSides(testCase, folder), folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function edit({ files }: Scene, testCase: Case): void {
  applyEdits(files.a, testCase.editsA);
  applyEdits(files.b, testCase.editsB);
}

function dumps({ files }: Scene): Pick<Given, "a" | "b"> {
  return { a: dumpDatabase(files.a), b: dumpDatabase(files.b) };
}

/** Virtual tables have one name only. */
function isMappable({ files }: Scene, { name }: TableDescription): boolean {
  const db = new Database(files.a, { readonly: true });
  try {
    const type = db.prepare("SELECT type FROM pragma_table_list WHERE name = ?").pluck().get(name);
    return type === "table";
  } finally {
    db.close();
  }
}

const OTHER = " there";

/** Side b's tables and columns get other names, or their own ones back. */
function rename({ files }: Scene, tables: readonly TableDescription[], way: "away" | "back"): void {
  const db = new Database(files.b);
  try {
    db.exec("BEGIN");
    for (const { name, columns } of tables) {
      const [from, to] = way === "away" ? ["", OTHER] : [OTHER, ""];
      db.exec(`ALTER TABLE ${quoteName(name + from)} RENAME TO ${quoteName(name + to)}`);
      for (const column of columns) {
        db.exec(
          `ALTER TABLE ${quoteName(name + to)} RENAME COLUMN ${quoteName(column + from)} TO ${quoteName(column + to)}`,
        );
      }
    }
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}

/** Some bodies of triggers and expressions are more than ALTER TABLE can rewrite. */
function canRename(scene: Scene, tables: readonly TableDescription[]): boolean {
  try {
    rename(scene, tables, "away");
  } catch {
    return false;
  }
  rename(scene, tables, "back");
  return true;
}

function viewOf(tables: readonly TableDescription[], swap: boolean): ViewOptions {
  const side = swap ? "a" : "b";
  const map = tables.map(({ name, columns }) => {
    const names = columns.map((column) => [column, { [side]: column + OTHER }] as const);
    return [name, { table: { [side]: name + OTHER }, columns: Object.fromEntries(names) }] as const;
  });
  return { map: Object.fromEntries(map) };
}
