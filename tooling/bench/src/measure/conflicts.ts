import Database from "better-sqlite3";
import { dbsync } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";
import type { Workplace } from "./workplace.ts";

/** Rows that both sides change: as many as issue and README speak of. */
const ROWS = 100_000;
const SMOKE_ROWS = 1000;

/** What both sides, or one of them, do to every row. The times tell which edit is the later one. */
const EDIT_A = "UPDATE item SET name = name || ' a', updated_at = '2024-01-01 00:00:0' || (id % 7)";
const EDIT_B = "UPDATE item SET name = name || ' b', updated_at = '2024-01-01 00:00:0' || (id % 5)";

interface Round {
  readonly copied: Timing;
  readonly conflicts: Timing;
}

/**
 * The same rows changed on one side, and changed on both: what the second run takes beyond the first
 * is the cost of conflicts, reading, deciding, noting what lost and all.
 */
export async function measureConflicts(smoke: boolean, runs: number): Promise<Result[]> {
  const rows = smoke ? SMOKE_ROWS : ROWS;
  const rounds: Round[] = [];
  for (let run = 0; run < runs; run += 1) {
    rounds.push(await inWorkplace(async (place) => oneRound(place, rows)));
  }
  const of = (id: string, what: string, timings: readonly Timing[]): Result =>
    resultOf(
      id,
      `dbsync sync, ${rows.toLocaleString("en")} rows changed on ${what}`,
      timings,
      rows,
    );
  return [
    of(
      "sync-copied",
      "one side",
      rounds.map(({ copied }) => copied),
    ),
    of(
      "sync-conflicts",
      "both sides, all in conflict",
      rounds.map(({ conflicts }) => conflicts),
    ),
  ];
}

async function oneRound(place: Workplace, rows: number): Promise<Round> {
  const [a, b] = [place.path("a.db"), place.path("b.db")];
  for (const path of [a, b]) fill(path, rows);
  await sync(place, a, b);
  edit(a, EDIT_A);
  const copied = await sync(place, a, b);
  edit(a, EDIT_A);
  edit(b, EDIT_B);
  const conflicts = await sync(place, a, b);
  return { copied, conflicts };
}

async function sync(place: Workplace, a: string, b: string): Promise<Timing> {
  return runCommand(dbsync(["sync", "--json", a, b], place.stateDir));
}

function fill(path: string, rows: number): void {
  const db = new Database(path);
  try {
    db.pragma("journal_mode = WAL");
    db.exec(`CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, stock INTEGER, note TEXT, updated_at TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO item SELECT i, 'item ' || i, i * 1.5, i % 100, 'a note about item ' || i, '2023-12-01 00:00:00' FROM n`);
  } finally {
    db.close();
  }
}

function edit(path: string, sql: string): void {
  const db = new Database(path);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}
