import { cases, describeTables, dumpDatabase, quoteName } from "@sync/testkit";
import type { CanonicalRow, Case, DatabaseDump, TableDescription } from "@sync/testkit";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import { POLICIES, inScene, syncScene } from "./law-scene.ts";
import type { Scene } from "./law-scene.ts";

vi.setConfig({ testTimeout: 600_000 });

const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 15);

/** Tables that a filter can be put on are seldom: the share of every day is one that has some. */
const SMALL_SHARE = process.env["SYNC_LAW_RUNS"] === undefined ? { seed: 7 } : {};

const policies = fc.constantFrom(
  ...(["manual", "prefer-a", "prefer-b", "last-write-wins"] as const),
);

/** Of which times may decide depends on what else changed in the table. */
const timeless = fc.constantFrom(...(["manual", "prefer-a", "prefer-b"] as const));

describe("for any two databases and any edits", () => {
  it("a filter that every row passes changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(cases(), policies, fc.boolean(), async (testCase, policy, hasBase) => {
        const play = async (isFiltered: boolean): Promise<unknown> =>
          inScene(testCase, hasBase, async (scene) => {
            const tables = describeTables(scene.files.a);
            const view = isFiltered ? { view: passAll(tables) } : {};
            const { report, outcomes } = await syncScene(scene, {
              policy: POLICIES[policy],
              ...view,
            });
            const { tables: counts, conflicts } = report;
            return { counts, conflicts, outcomes: outcomes.length, sides: dumps(scene) };
          });
        expect(await play(true)).toEqual(await play(false));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it("rows that a filter leaves out stay as they are, the others end as without it", async () => {
    const seen = { left: 0 };
    await fc.assert(
      fc.asyncProperty(cases(), timeless, fc.boolean(), async (testCase, policy, hasBase) => {
        const plain = await outcomeOf(testCase, hasBase, { policy, filter: null });
        const filtered = await outcomeOf(testCase, hasBase, { policy, filter: evenKeys });
        for (const table of plain.tables.filter(isFilterable)) {
          for (const side of ["a", "b"] as const) {
            const [before, after] = [filtered.before[side], filtered.after[side]];
            const [left, passed] = [rowsWith(1n, after, table), rowsWith(0n, after, table)];
            expect(left).toEqual(rowsWith(1n, before, table));
            expect(passed).toEqual(rowsWith(0n, plain.after[side], table));
            seen.left += left.length;
          }
        }
      }),
      { numRuns: 3 * RUNS, endOnFailure: true, ...SMALL_SHARE },
    );
    expect(seen.left).toBeGreaterThan(RUNS / 20);
  });
});

interface Outcome {
  readonly tables: readonly TableDescription[];
  readonly before: Readonly<Record<"a" | "b", DatabaseDump>>;
  readonly after: Readonly<Record<"a" | "b", DatabaseDump>>;
}

interface FilteredRun {
  readonly policy: keyof typeof POLICIES;
  readonly filter: ((tables: readonly TableDescription[]) => ViewOptions) | null;
}

async function outcomeOf(
  testCase: Case,
  hasBase: boolean,
  { policy, filter }: FilteredRun,
): Promise<Outcome> {
  return inScene(testCase, hasBase, async (scene) => {
    const tables = describeTables(scene.files.a);
    const before = dumps(scene);
    const view = filter === null ? {} : { view: filter(tables) };
    await syncScene(scene, { policy: POLICIES[policy], ...view });
    return { tables, before, after: dumps(scene) };
  });
}

function dumps({ files }: Scene): Outcome["after"] {
  return { a: dumpDatabase(files.a), b: dumpDatabase(files.b) };
}

function passAll(tables: readonly TableDescription[]): ViewOptions {
  return { where: Object.fromEntries(tables.map(({ name }) => [name, "1 = 1"])) };
}

/** Tables of numbered rows that have nothing to do with each other or with those of other tables. */
function isFilterable({ generatedKey, constrained, columns }: TableDescription): boolean {
  return generatedKey && !constrained && !columns.includes("rowid");
}

function keyOf({ key }: TableDescription): string {
  return key[0]?.name ?? "";
}

function evenKeys(tables: readonly TableDescription[]): ViewOptions {
  const where = tables
    .filter(isFilterable)
    .map((table) => [table.name, `${quoteName(keyOf(table))} % 2 = 0`] as const);
  return { where: Object.fromEntries(where) };
}

function rowsWith(remainder: bigint, dump: DatabaseDump, table: TableDescription): CanonicalRow[] {
  return (dump[table.name] ?? []).filter((row) => {
    const key = BigInt((row[keyOf(table)] ?? "").replace("integer ", ""));
    return (key % 2n === 0n ? 0n : 1n) === remainder;
  });
}
