import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { applyEdits, buildSides, cases, dumpDatabase, integrityOf } from "@sync/testkit";
import type { Case, CaseFiles, Integrity } from "@sync/testkit";
import { lastWriteWins, manual, preferA, preferB } from "@sync/resolvers";
import type { Policy } from "@sync/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatabaseSynchronizationEngine } from "../src/index.ts";
import type { HandDecision, LedgerEntry, UndoReport } from "../src/index.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 30);
const settings = { numRuns: RUNS, endOnFailure: false } as const;

interface Scene {
  readonly files: CaseFiles;
  readonly engine: DatabaseSynchronizationEngine;
  readonly stateFile: () => string;
}

/** Makes a case's files, syncs them once, lets both users edit, and syncs with a policy. */
async function inScene<T>(
  testCase: Case,
  policy: Policy,
  use: (scene: Scene) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sync-hand-"));
  try {
    const files = buildSides(testCase, folder);
    const stateDir = join(folder, "state");
    const engine = new DatabaseSynchronizationEngine({
      stateDir,
      worker: false,
      now: () => NOW_MS,
    });
    const options = { maxDeletePercent: 100, lineage: "accept" } as const;
    await engine.sync(files, { ...options, policy: manual });
    applyEdits(files.a, testCase.editsA);
    applyEdits(files.b, testCase.editsB);
    await engine.sync(files, { ...options, policy });
    const stateFile = (): string => join(stateDir, readdirSync(stateDir)[0] ?? "", "state.sqlite");
    return await use({ files, engine, stateFile });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function dumps({ files }: Scene): unknown {
  return { a: dumpDatabase(files.a), b: dumpDatabase(files.b) };
}

/** A side may keep violations it had; it may not get new ones. */
function expectNoWorse(before: Integrity, after: Integrity): void {
  for (const kind of ["problems", "foreignKeys", "staleIndexes"] as const)
    expect(after[kind].filter((found) => !before[kind].includes(found))).toEqual([]);
}

/**
 * The sides' files are named so that inside, too, a is a.
 *
 * Columns of an entry that a side does not hold as they were lost, by SQL alone; `["row"]` where the row
 * is there and must not be, or the other way round.
 */
function notGivenBack({ files, stateFile }: Scene, entry: LedgerEntry): string[] {
  const db = new Database(":memory:");
  try {
    db.prepare("ATTACH ? AS state").run(stateFile());
    const lost = entry[entry.side];
    const columns = lost === null ? [] : Object.keys(lost).filter((name) => isLost(entry, name));
    return [files.a, files.b].flatMap((path) => {
      db.prepare("ATTACH ? AS side").run(path);
      const found = compareRow(db, entry, columns);
      db.exec("DETACH side");
      return found;
    });
  } finally {
    db.close();
  }
}

function compareRow(
  db: Database.Database,
  entry: LedgerEntry,
  columns: readonly string[],
): string[] {
  const q = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const key = Object.keys(entry.key)
    .map((name) => `x.${q(name)} IS k.${q(name)}`)
    .join(" AND ");
  const image = `state.${q(`kept:${entry.table}`)} AS k`;
  const owner = `k."⟨sync⟩ owner" = (SELECT conflict FROM state.sync_ledger WHERE id = ${entry.id})`;
  const present = db
    .prepare(
      `SELECT count(*) FROM side.${q(entry.table)} AS x WHERE EXISTS (SELECT 1 FROM ${image} WHERE ${owner} AND ${key})`,
    )
    .pluck()
    .get();
  if (entry[entry.side] === null) return present === 0 ? [] : ["row"];
  if (present !== 1) return ["row"];
  const same = columns.map(
    (name) =>
      `x.${q(name)} IS k.${q(name)} COLLATE BINARY AND typeof(x.${q(name)}) = typeof(k.${q(name)})`,
  );
  if (same.length === 0) return [];
  const row = db
    .prepare(
      `SELECT ${same.join(", ")} FROM ${image} CROSS JOIN side.${q(entry.table)} AS x ON ${key}
       WHERE ${owner} AND k."⟨sync⟩ image" = '${entry.side}'`,
    )
    .raw()
    .get() as number[] | undefined;
  return columns.filter((_, index) => row?.[index] !== 1);
}

/** What only the other side had changed came over by itself, and did not lose. */
function isLost({ kind, base, a, b, side, result }: LedgerEntry, name: string): boolean {
  if (kind !== "update/update" || base === null || a === null || b === null || result === null)
    return true;
  const text = (value: unknown): string =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString("hex")
      : `${typeof value} ${String(value)}`;
  const [own, other] = side === "a" ? [a, b] : [b, a];
  return (
    text(own[name]) !== text(base[name]) &&
    text(other[name]) !== text(base[name]) &&
    text(own[name]) !== text(result[name])
  );
}

function isDone({ entries }: UndoReport): boolean {
  return entries.every(({ outcome }) => outcome === "given-back");
}

const policies = fc.constantFrom<Policy>(preferA, preferB, lastWriteWins());

describe("for any run", () => {
  it(
    "every value that lost can be given back exactly, and taken back again",
    { timeout: 600_000 },
    async () => {
      let given = 0;
      await fc.assert(
        // Without constraints: a value that another row has by now cannot come back.
        fc.asyncProperty(
          cases({ constraints: false, triggers: false }),
          policies,
          async (testCase, policy) => {
            await inScene(testCase, policy, async (scene) => {
              const { engine, files } = scene;
              const { entries } = await engine.ledger(files);
              for (const entry of entries) {
                const before = dumps(scene);
                const report = await engine.undo(files, { entry: entry.id });
                expect(report.entries).toMatchObject([{ outcome: "given-back" }]);
                expect(notGivenBack(scene, entry)).toEqual([]);
                given += 1;
                const back = await engine.undo(files, { run: report.runId ?? "" });
                expect(isDone(back)).toBe(true);
                expect(dumps(scene)).toEqual(before);
              }
            });
          },
        ),
        settings,
      );
      // Some seeds have few of them.
      expect(given).toBeGreaterThan(RUNS / 10);
    },
  );

  it(
    "what waits can be decided in any way: the rows agree, no constraint breaks, the next run does nothing",
    { timeout: 600_000 },
    async () => {
      const decisions = fc.constantFrom<HandDecision>(
        { type: "take", from: "a" },
        { type: "take", from: "b" },
        { type: "take", from: "base" },
        { type: "delete" },
      );
      let decided = 0;
      await fc.assert(
        fc.asyncProperty(cases(), fc.infiniteStream(decisions), async (testCase, stream) => {
          await inScene(testCase, manual, async (scene) => {
            const { engine, files } = scene;
            const sound = [files.a, files.b].map((path) => integrityOf(path));
            const waiting = await engine.conflicts(files);
            for (const { id } of waiting) {
              const decision = stream.next().value ?? { type: "delete" };
              const { rows, open } = await engine.resolve(files, [{ id, decision }]);
              const outcome = rows[0]?.outcome ?? "missing";
              expect(open).toBe((await engine.conflicts(files)).length);
              if (outcome === "done") {
                decided += 1;
                expect(await engine.conflict(files, id)).toBeNull();
              }
            }
            [files.a, files.b].forEach((path, index) => {
              const before = sound[index];
              if (before !== undefined) expectNoWorse(before, integrityOf(path));
            });
            const left = await engine.conflicts(files);
            await engine.sync(files, { policy: manual, maxDeletePercent: 100, lineage: "accept" });
            if (left.length === 0 && (await engine.conflicts(files)).length === 0) {
              const { same } = await engine.diff(files);
              expect(same).toBe(true);
            }
          });
        }),
        settings,
      );
      expect(decided).toBeGreaterThan(RUNS / 10);
    },
  );
});
