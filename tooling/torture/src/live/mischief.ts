import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { Chance } from "../fuzz/chance.ts";
import { isRefusal } from "./users.ts";
import { giveToWatcher } from "./watched-pair.ts";
import type { SideName, WatchedPair } from "./watched-pair.ts";

/** What happens to a watched pair beside edits. Each is something that people and programs do. */
export const MISCHIEF: Readonly<
  Record<string, (pair: WatchedPair, side: SideName, chance: Chance) => Promise<void> | void>
> = {
  kill: async (pair, _side, chance) => {
    await pair.kill();
    if (chance.share() < 0.7) await pair.start();
  },
  replace: (pair, side) => quietly(() => replaceByRename(pair.paths[side])),
  checkpoint: (pair, side) => inDatabase(pair.paths[side], "PRAGMA wal_checkpoint(TRUNCATE)"),
  vacuum: (pair, side) => inDatabase(pair.paths[side], "VACUUM"),
  "to wal": (pair, side) => inDatabase(pair.paths[side], "PRAGMA journal_mode = wal"),
  "to rollback": (pair, side) => inDatabase(pair.paths[side], "PRAGMA journal_mode = delete"),
  "read-only": (pair) => setWritable(pair, false),
  writable: (pair) => setWritable(pair, true),
};

/** A folder that was mounted read-only, for whoever is not root. */
export function setWritable(pair: WatchedPair, isWritable: boolean): void {
  chmodSync(dirname(pair.paths.a), isWritable ? 0o755 : 0o555);
  for (const path of Object.values(pair.paths)) {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      if (existsSync(file)) chmodSync(file, isWritable ? 0o644 : 0o444);
    }
  }
}

/**
 * An equal file in place of the present one, as Syncthing or an editor puts it there. Nobody may write
 * between copy and rename, and a WAL would be taken for the new file's: only in rollback mode.
 */
function replaceByRename(path: string): void {
  const db = new Database(path, { timeout: 500, fileMustExist: true });
  try {
    if (db.pragma("journal_mode", { simple: true }) !== "delete") return;
    db.exec("BEGIN IMMEDIATE");
    const copy = `${path}.new`;
    // By another process: closing a descriptor of the file here would drop the lock.
    execFileSync("cp", [path, copy]);
    chmodSync(copy, 0o644);
    giveToWatcher(copy);
    renameSync(copy, path);
    db.exec("ROLLBACK");
  } finally {
    db.close();
    rmSync(`${path}.new`, { force: true });
  }
}

function inDatabase(path: string, sql: string): void {
  quietly(() => {
    const db = new Database(path, { timeout: 200, fileMustExist: true });
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  });
}

/** What a lock or a permission refuses does not happen. */
function quietly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}
