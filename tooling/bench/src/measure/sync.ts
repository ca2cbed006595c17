import Database from "better-sqlite3";
import { changesOf, rowsOf } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { dbsync } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";
import type { Workplace } from "./workplace.ts";

/** How many rows are edited between two runs: a busy quarter of an hour, not a migration. */
const EDITED_ROWS = 100;

/** First run of equal sides, one with nothing to do, one after a few edits: one after the other. */
export async function measureEqualSides(pair: BenchPair, runs: number): Promise<Result[]> {
  const rounds = await repeat(runs, (place) => equalSides(pair, place));
  return [
    result(pair, "sync-first-equal", {
      what: "first run, both sides equal",
      timings: rounds.map(({ first }) => first),
    }),
    result(pair, "sync-second", {
      what: "second run, nothing changed",
      timings: rounds.map(({ second }) => second),
    }),
    result(pair, "sync-edited", {
      what: `after ${EDITED_ROWS} edits on one side`,
      timings: rounds.map(({ edited }) => edited),
    }),
  ];
}

/** First run on the pair as it is: nothing is remembered, so that every difference is a question. */
export async function measureChangedSides(pair: BenchPair, runs: number): Promise<Result[]> {
  const timings = await repeat(runs, (place) =>
    sync(place, place.clone(pair.a, "a.db"), place.clone(pair.b, "b.db")),
  );
  const what = `first run, ${changesOf(pair.size)} differences`;
  return [result(pair, "sync-first-changed", { what, timings })];
}

/** Everything goes into a database that does not exist yet. */
export async function measureLoad(pair: BenchPair, runs: number): Promise<Result[]> {
  const timings = await repeat(runs, (place) =>
    sync(place, place.clone(pair.a, "a.db"), place.path("b.db"), "--create"),
  );
  return [result(pair, "sync-load", { what: "full load of an empty side", timings })];
}

async function repeat<T>(runs: number, measure: (place: Workplace) => Promise<T>): Promise<T[]> {
  const rounds: T[] = [];
  for (let run = 0; run < runs; run += 1) rounds.push(await inWorkplace(measure));
  return rounds;
}

function result(
  { size }: BenchPair,
  id: string,
  { what, timings }: { readonly what: string; readonly timings: readonly Timing[] },
): Result {
  const suffix = size.name === "large" ? "-large" : "";
  return resultOf(`${id}${suffix}`, `dbsync sync, ${what}`, timings, rowsOf(size));
}

interface EqualSides {
  readonly first: Timing;
  readonly second: Timing;
  readonly edited: Timing;
}

async function equalSides(pair: BenchPair, place: Workplace): Promise<EqualSides> {
  const [a, b] = [place.clone(pair.a, "a.db"), place.clone(pair.a, "b.db")];
  const first = await sync(place, a, b);
  const second = await sync(place, a, b);
  editRows(a, pair);
  const edited = await sync(place, a, b);
  return { first, second, edited };
}

async function sync(place: Workplace, a: string, b: string, ...flags: string[]): Promise<Timing> {
  return runCommand(dbsync(["sync", "--json", ...flags, a, b], place.stateDir));
}

function editRows(path: string, { size }: BenchPair): void {
  const db = new Database(path);
  try {
    const stride = Math.floor(size.notes / EDITED_ROWS);
    db.prepare("UPDATE notes SET amount = amount + 1 WHERE id % ? = 1").run(stride);
  } finally {
    db.close();
  }
}
