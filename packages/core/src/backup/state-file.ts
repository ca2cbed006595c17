import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { SyncError, pathForShell } from "@sync/model";
import { syncPath } from "../sqlite/durable-file.ts";
import { toSyncError } from "../sqlite/errors.ts";
import { canonicalPath, findDatabase, refuseSameFile } from "../sqlite/files.ts";
import { isStateDamaged } from "../state/damage.ts";
import { createStateFolder, locateState } from "../state/location.ts";
import { lockPair } from "../state/lock.ts";
import { readSides, writeSides } from "../state/sides.ts";
import type { KnownSides } from "../state/sides.ts";
import { copyDatabase } from "./copy-database.ts";
import { leaveWalMode } from "./describe-database.ts";

/** Where a state comes from or goes to. */
export interface StateFileCall {
  readonly stateDir: string;
  /** Of an import `null`: the databases that the file names. */
  readonly pair: { readonly a: string; readonly b: string } | null;
  readonly file: string;
  readonly busyTimeoutMs: number;
}

/**
 * Writes what is remembered about a pair into one file, for another machine or another place. It holds
 * rows of the databases: it is for its owner only.
 *
 * @throws SyncError SYNC_USAGE where nothing is remembered or the file exists
 */
export async function exportState(call: StateFileCall): Promise<KnownSides> {
  const { stateDir, pair, busyTimeoutMs } = call;
  const file = canonicalPath(call.file);
  const [a, b] = [canonicalPath(pair?.a ?? ""), canonicalPath(pair?.b ?? "")];
  const location = locateState(stateDir, a, b);
  if (!existsSync(location.stateFile)) throw usage(`Nothing is remembered about ${a} and ${b}.`);
  if (existsSync(file)) throw usage(`${call.file} exists already.`, "Name a file that does not.");
  const lock = lockPair(location, busyTimeoutMs);
  try {
    const sides = readSides(location) ?? {
      a: [a, b].toSorted()[0] ?? a,
      b: [a, b].toSorted()[1] ?? b,
    };
    await copyInto(location.stateFile, file, call, (db) => {
      db.prepare("INSERT OR REPLACE INTO sync_meta VALUES ('exported', ?)").run(
        JSON.stringify(sides),
      );
    });
    return sides;
  } finally {
    lock.release();
  }
}

/**
 * Takes a state from a file that {@link exportState} wrote, for the databases that it names or for
 * others. A state that is older than its databases loses nothing by that: what both have is agreement,
 * what they have otherwise is an edit or a conflict.
 *
 * @param call - `pair.a` takes the place of the exported `a`
 * @throws SyncError SYNC_USAGE where something is remembered already or the file is no state;
 *   SYNC_STATE_DAMAGED, SYNC_DB_MISSING, SYNC_SAME_FILE
 */
export async function importState(call: StateFileCall): Promise<KnownSides> {
  const { stateDir, pair, busyTimeoutMs } = call;
  const file = findDatabase(call.file, { write: false });
  const exported = readExported(file.path);
  const given = pair ?? exported;
  const [a, b] = [findDatabase(given.a, { write: false }), findDatabase(given.b, { write: false })];
  refuseSameFile(a, b);
  const sides = { a: a.path, b: b.path };
  const location = locateState(stateDir, sides.a, sides.b);
  createStateFolder(location);
  const lock = lockPair(location, busyTimeoutMs);
  try {
    if (existsSync(location.stateFile)) {
      throw usage(
        `Something is remembered about ${given.a} and ${given.b} already.`,
        `If that is of no use: \`dbsync state forget ${pathForShell(given.a)} ${pathForShell(given.b)}\``,
      );
    }
    writeSides(location.folder, sides);
    await copyInto(file.path, location.stateFile, call, (db) => {
      db.exec("DELETE FROM sync_meta WHERE name = 'exported'");
    });
    return sides;
  } finally {
    lock.release();
  }
}

/** Appears under its name when it is complete. */
async function copyInto(
  from: string,
  to: string,
  { busyTimeoutMs }: StateFileCall,
  change: (db: Database.Database) => void,
): Promise<void> {
  const draft = `${to}.part`;
  const remove = (): void => {
    for (const suffix of ["", "-journal", "-wal", "-shm"])
      rmSync(`${draft}${suffix}`, { force: true });
  };
  remove();
  try {
    // For its owner only, from the first byte: an empty file is an empty database.
    closeSync(openSync(draft, "wx", 0o600));
    await copyDatabase(from, draft, {
      busyTimeoutMs,
      fromName: from,
      toName: to,
      onPages: () => undefined,
    });
    leaveWalMode(draft);
    const db = new Database(draft);
    try {
      change(db);
    } finally {
      db.close();
    }
    syncPath(draft);
    renameSync(draft, to);
    syncPath(dirname(to));
  } catch (error) {
    remove();
    throw toSyncError(error, to);
  }
}

function readExported(path: string): KnownSides {
  if (isStateDamaged(path)) throw new SyncError("SYNC_STATE_DAMAGED", `${path} is damaged.`);
  const db = new Database(path, { readonly: true });
  try {
    const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sync_meta'").get();
    const text =
      has === undefined
        ? undefined
        : db.prepare("SELECT value FROM sync_meta WHERE name = 'exported'").pluck().get();
    const value: unknown = typeof text === "string" ? JSON.parse(text) : null;
    if (isSides(value)) return value;
    throw usage(`${path} is no state that was exported.`, "`dbsync state export` writes one.");
  } finally {
    db.close();
  }
}

function isSides(value: unknown): value is KnownSides {
  return (
    typeof value === "object" &&
    value !== null &&
    "a" in value &&
    "b" in value &&
    typeof value.a === "string" &&
    typeof value.b === "string"
  );
}

function usage(message: string, next = "`dbsync state list` shows what is remembered."): SyncError {
  return new SyncError("SYNC_USAGE", message, { next });
}
