import Database from "better-sqlite3";
import { rowsOf, suffixOf } from "../data/sizes.ts";
import type { Size } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { copyBySqlite, dbsync } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Command, Timing } from "../process/run-command.ts";
import { lagsOf } from "./live.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";
import type { Workplace } from "./workplace.ts";

/** How many rows are edited on each side between two runs. */
const EDITED_ROWS = 1000;

/** How often each part is done, in one place with one state. */
export interface SyncRounds {
  readonly first: number;
  readonly second: number;
  readonly edited: number;
  readonly liveEdits: number;
}

/**
 * Equal sides: the first run; runs with nothing to do; runs after edits on both sides; and how long an edit takes to the other side while the pair is kept in step.
 */
export async function measureSync(pair: BenchPair, rounds: SyncRounds): Promise<Result[]> {
  const taken: Taken = { first: [], second: [], edited: [], live: [] };
  for (let round = 0; round < rounds.first; round += 1) {
    const isLast = round === rounds.first - 1;
    await inWorkplace((place) => play(pair, place, { taken, rounds, isLast }));
  }
  const suffix = suffixOf(pair.size);
  const rows = rowsOf(pair.size);
  const edits = `${EDITED_ROWS.toLocaleString("en")} rows edited on each side`;
  return [
    resultOf(`sync-first${suffix}`, "dbsync sync, first run, equal sides", taken.first, rows),
    resultOf(`sync-second${suffix}`, "dbsync sync, nothing changed", taken.second, rows),
    resultOf(`sync-edited${suffix}`, `dbsync sync, ${edits}`, taken.edited, 2 * EDITED_ROWS),
    resultOf(`live${suffix}`, "live: COMMIT to visible", taken.live),
  ].filter(({ timesMs }) => timesMs.length > 0);
}

interface Taken {
  readonly first: Timing[];
  readonly second: Timing[];
  readonly edited: Timing[];
  readonly live: Timing[];
}

interface Round {
  readonly taken: Taken;
  readonly rounds: SyncRounds;
  readonly isLast: boolean;
}

async function play(
  pair: BenchPair,
  place: Workplace,
  { taken, rounds, isLast }: Round,
): Promise<void> {
  const sides = { a: place.clone(pair.a, "a.db"), b: place.clone(pair.a, "b.db") };
  for (const path of Object.values(sides)) addEditTable(path);
  const sync = dbsync(["sync", "--json", sides.a, sides.b], place.stateDir);
  taken.first.push(await timed(sync, taken.first));
  if (!isLast) return;
  for (let run = 0; run < rounds.second; run += 1) {
    taken.second.push(await timed(sync, taken.second));
  }
  for (let run = 0; run < rounds.edited; run += 1) {
    editRows(sides.a, pair.size, { start: 1, run });
    editRows(sides.b, pair.size, { start: 3, run });
    taken.edited.push(await timed(sync, taken.edited));
  }
  if (rounds.liveEdits === 0) return;
  taken.live.push(...(await lagsOf([sides], { ...place, edits: rounds.liveEdits })));
}

/** Memory is looked at in the first run of each kind. */
async function timed(command: Command, sofar: readonly Timing[]): Promise<Timing> {
  return runCommand(command, { looksAtMemory: sofar.length === 0 });
}

/** Everything goes into a database that does not exist yet, beside SQLite's own INSERT … SELECT. */
export async function measureLoad(pair: BenchPair, runs: number): Promise<Result[]> {
  const [ours, theirs]: [Timing[], Timing[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    await inWorkplace(async (place) => {
      const a = place.clone(pair.a, "a.db");
      const load = dbsync(["sync", "--create", "--json", a, place.path("b.db")], place.stateDir);
      ours.push(await timed(load, ours));
      theirs.push(await runCommand(copyBySqlite(a, place.path("copy.db"))));
    });
  }
  const rows = rowsOf(pair.size);
  const suffix = suffixOf(pair.size);
  return [
    resultOf(`load${suffix}`, "dbsync sync --create, full load of an empty side", ours, rows),
    resultOf(`copy${suffix}`, "INSERT … SELECT of every table, synced", theirs, rows),
  ];
}

/** The table whose row the live measurement edits. */
function addEditTable(path: string): void {
  withDatabase(path, (db) => {
    db.pragma("journal_mode = WAL");
    db.exec(
      "CREATE TABLE edit (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO edit VALUES (1, 0)",
    );
  });
}

/** So many rows here and there; other ones on each side and in each run. */
function editRows(
  path: string,
  { notes }: Size,
  { start, run }: { start: number; run: number },
): void {
  const stride = Math.max(5, Math.floor(notes / EDITED_ROWS));
  withDatabase(path, (db) =>
    db
      .prepare("UPDATE notes SET amount = amount + 1 WHERE id % ? = ?")
      .run(stride, start + (run % 2)),
  );
}

function withDatabase(path: string, use: (db: Database.Database) => void): void {
  const db = new Database(path);
  try {
    use(db);
  } finally {
    db.close();
  }
}
