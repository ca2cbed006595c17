import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { SyncError, pathForShell } from "@sync/model";
import { syncPath } from "../sqlite/durable-file.ts";
import { isDamageError, toSyncError } from "../sqlite/errors.ts";
import { canonicalPath, findDatabase } from "../sqlite/files.ts";
import { locateState, stateName } from "./location.ts";
import { lockPair } from "./lock.ts";
import { listKnownStates, readSides, statesOf, writeSides } from "./sides.ts";
import type { KnownSides, KnownState } from "./sides.ts";
import { watcherOf } from "./watch-registry.ts";

/** What is remembered about one pair. */
export interface PairState {
  readonly folder: string;
  /** `null`: no run of this version has opened it yet. */
  readonly a: string | null;
  readonly b: string | null;
  /** Whether the databases are where they were. */
  readonly isThere: boolean;
  /** `null` where the state cannot be read. */
  readonly runs: number | null;
  readonly openConflicts: number | null;
  readonly ledgerEntries: number | null;
  readonly lastChangeMs: number;
  readonly bytes: number;
}

/** A pair whose database was moved. */
export interface MovedState {
  readonly before: KnownSides;
  readonly after: KnownSides;
}

/** Everything that is remembered in a state root, by folder. Writes nothing. */
export function listStates(stateRoot: string): PairState[] {
  return listKnownStates(stateRoot).map((state) => describeState(state));
}

/**
 * A database was moved: what is remembered about its pairs goes with it. The state keeps what it calls
 * `a` and `b`, so that nothing in it changes but its folder's name.
 *
 * @throws SyncError SYNC_DB_MISSING where nothing stands at the new place; SYNC_USAGE where no pair has
 *   the old one, or something is remembered about a new pair already; SYNC_PAIR_BUSY, SYNC_WATCHED
 */
export function moveStates(
  stateRoot: string,
  { from, to }: { readonly from: string; readonly to: string },
  busyTimeoutMs: number,
): MovedState[] {
  const [before, after] = [canonicalPath(from), findDatabase(to, { write: false }).path];
  const states = statesOf(stateRoot, before);
  if (states.length === 0) {
    throw new SyncError("SYNC_USAGE", `Nothing is remembered about ${from}.`, {
      next: "`dbsync state list` shows what is. Give the path that the database had.",
    });
  }
  refuseWatched(stateRoot, [before]);
  const moves = states.map(({ location, sides }) => ({
    folder: location.folder,
    location,
    before: sides,
    after: { a: moved(sides.a, before, after), b: moved(sides.b, before, after) },
  }));
  for (const move of moves) refuseMove(stateRoot, move.after);
  for (const { location, before: old, after: next, folder } of moves) {
    const lock = lockPair(location, busyTimeoutMs);
    try {
      // Interrupted between these steps, the folder's name says which of the two holds.
      writeSides(folder, { ...old, next });
      const target = join(stateRoot, stateName(next.a, next.b));
      renameSync(folder, target);
      syncPath(stateRoot);
      writeSides(target, next);
    } finally {
      lock.release();
    }
  }
  return moves.map(({ before: old, after: next }) => ({ before: old, after: next }));
}

/**
 * Forgets a pair: base, inbox and ledger. Its next run is a first run. Neither database need exist.
 *
 * @throws SyncError SYNC_USAGE where nothing is remembered; SYNC_PAIR_BUSY, SYNC_WATCHED
 */
export function forgetState(
  stateRoot: string,
  pair: { readonly a: string; readonly b: string },
  busyTimeoutMs: number,
): PairState {
  const [a, b] = [canonicalPath(pair.a), canonicalPath(pair.b)];
  const location = locateState(stateRoot, a, b);
  if (!existsSync(location.stateFile)) {
    throw new SyncError("SYNC_USAGE", `Nothing is remembered about ${pair.a} and ${pair.b}.`, {
      next: "`dbsync state list` shows what is.",
    });
  }
  refuseWatched(stateRoot, [a, b]);
  const lock = lockPair(location, busyTimeoutMs);
  try {
    const known = describeState({ location, sides: readSides(location) });
    // Out of the way in one step: half a state would be worse than none.
    const gone = join(dirname(location.folder), `.forgotten-${basename(location.folder)}`);
    rmSync(gone, { recursive: true, force: true });
    renameSync(location.folder, gone);
    syncPath(stateRoot);
    rmSync(gone, { recursive: true, force: true });
    return known;
  } finally {
    lock.release();
  }
}

function moved(path: string, before: string, after: string): string {
  return path === before ? after : path;
}

function refuseMove(stateRoot: string, { a, b }: KnownSides): void {
  if (a === b) throw new SyncError("SYNC_SAME_FILE", `${a} is the other side of its pair already.`);
  if (!existsSync(locateState(stateRoot, a, b).stateFile)) return;
  throw new SyncError("SYNC_USAGE", `Something is remembered about ${a} and ${b} already.`, {
    next: `If that is of no use: \`dbsync state forget ${pathForShell(a)} ${pathForShell(b)}\``,
  });
}

function refuseWatched(
  stateRoot: string,
  databases: readonly [string] | readonly [string, string],
): void {
  const watcher = watcherOf(stateRoot, databases);
  if (watcher === null) return;
  throw new SyncError(
    "SYNC_WATCHED",
    `Process ${watcher.pid} watches ${databases.join(" and ")}.`,
    {
      next: "Stop it first: dbsync stop",
    },
  );
}

function describeState({ location, sides }: KnownState): PairState {
  const { size, mtimeMs } = statSync(location.stateFile);
  return {
    folder: location.folder,
    a: sides?.a ?? null,
    b: sides?.b ?? null,
    isThere: sides !== null && existsSync(sides.a) && existsSync(sides.b),
    lastChangeMs: Math.round(mtimeMs),
    bytes: size,
    ...countState(location.stateFile),
  };
}

function countState(path: string): Pick<PairState, "runs" | "openConflicts" | "ledgerEntries"> {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true });
    const ask = (sql: string): number => Number(db?.prepare(sql).pluck().get() ?? 0);
    return {
      runs: ask("SELECT value FROM sync_meta WHERE name = 'epoch'"),
      openConflicts: ask("SELECT count(*) FROM sync_conflict WHERE status = 'parked'"),
      ledgerEntries: ask("SELECT count(*) FROM sync_ledger WHERE status = 'final'"),
    };
  } catch (error) {
    const isUnfinished = error instanceof Error && error.message.startsWith("no such table");
    if (!isDamageError(error) && !isUnfinished) throw toSyncError(error, path);
    return { runs: null, openConflicts: null, ledgerEntries: null };
  } finally {
    db?.close();
  }
}
