import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { toSyncError } from "../sqlite/errors.ts";

/** How to copy, and whom to tell. */
export interface CopyOptions {
  readonly busyTimeoutMs: number;
  /** For messages. */
  readonly fromName: string;
  readonly toName: string;
  /** Hears how far it is; what it throws ends the copying. */
  readonly onPages: (done: number, total: number) => void;
}

/** Some megabytes: often enough for progress and cancelling, seldom enough to cost nothing. */
const PAGES_A_STEP = 1000;
const ALL_PAGES = 0x7f_ff_ff_ff;
/** How often a step gets no further before the copy is made in one go. */
const MOST_STALLS = 3;
const PAUSE_MS = 20;

/**
 * Copies a database by SQLite's online backup: to a new file, or into one that is there, in one
 * transaction of it. What others see of the target is its old content or all of the new one.
 *
 * The copy is one consistent state. In WAL mode one read transaction holds it, and writers are not in the
 * way. In rollback mode a read transaction would keep them waiting, so it is taken in short steps; every
 * commit of theirs starts the copy anew, until it is made in a single step.
 *
 * @throws SyncError SYNC_LOCKED where either stays locked for `busyTimeoutMs`, and what opening,
 *   reading and writing throw
 */
export async function copyDatabase(from: string, to: string, options: CopyOptions): Promise<void> {
  const untilMs = performance.now() + options.busyTimeoutMs;
  while (!(await tryCopy(from, to, options))) {
    if (performance.now() > untilMs) throw locked(options);
    pause();
  }
}

/** @returns false where one of them was locked from the beginning, and nothing was done */
async function tryCopy(from: string, to: string, options: CopyOptions): Promise<boolean> {
  const source = openSource(from, options);
  try {
    const pages = holdSnapshot(source);
    const { totalPages } = await source.backup(to, { progress: createPacer(options) });
    // The driver takes a first step that met a lock for the end of an empty database.
    return totalPages > 0 || pages === 0;
  } catch (error) {
    throw blame(error, options);
  } finally {
    source.close();
  }
}

function openSource(from: string, { fromName, busyTimeoutMs }: CopyOptions): Database.Database {
  try {
    return new Database(from, { readonly: true, timeout: busyTimeoutMs });
  } catch (error) {
    throw toSyncError(error, fromName);
  }
}

/** @returns how many pages the source has */
function holdSnapshot(source: Database.Database): number {
  if (source.pragma("journal_mode", { simple: true }) === "wal") source.exec("BEGIN");
  // The first read begins the snapshot.
  return source.pragma("page_count", { simple: true }) as number;
}

/**
 * Decides after each step how many pages the next one takes. A step that got no further met a lock, or
 * somebody wrote and it began anew: the driver does not say which. Both are met by asking for everything
 * at once.
 */
function createPacer(
  options: CopyOptions,
): (progress: { totalPages: number; remainingPages: number }) => number {
  let [stalls, least, movedMs] = [0, Number.POSITIVE_INFINITY, performance.now()];
  return ({ totalPages, remainingPages }) => {
    options.onPages(totalPages - remainingPages, totalPages);
    if (remainingPages < least) movedMs = performance.now();
    else {
      if (performance.now() - movedMs > options.busyTimeoutMs) throw locked(options);
      stalls += 1;
      pause();
    }
    least = Math.min(least, remainingPages);
    return stalls < MOST_STALLS ? PAGES_A_STEP : ALL_PAGES;
  };
}

/** The driver waits by asking again at once. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

function locked({ fromName, toName }: CopyOptions): SyncError {
  return new SyncError(
    "SYNC_LOCKED",
    `${fromName} could not be copied to ${toName}: another program holds one of them.`,
    { next: "Close the programs that use the database, then try again." },
  );
}

/** What the disk says about the target; all else is about the source. */
function blame(error: unknown, { fromName, toName }: CopyOptions): SyncError {
  const known = toSyncError(error, fromName);
  if (known === error) return known;
  const isTargets = known.code === "SYNC_DISK_FULL" || known.code === "SYNC_PERMISSION";
  return isTargets ? toSyncError(error, toName) : known;
}
