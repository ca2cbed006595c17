import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  statSync,
  statfsSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { copiedFolder } from "@sync/core";
import { probeDatabase } from "@sync/core/states";
import type {
  DatabaseFacts,
  DoctorFacts,
  LockFacts,
  MountFacts,
  PairFacts,
  PlaceFacts,
} from "./facts.ts";
import { deviceParts, locksOn } from "./lock-table.ts";
import type { LockedFile } from "./lock-table.ts";
import { mountOf, parseMounts } from "./mounts.ts";

/** What to look at. */
export interface Patient {
  readonly pairs: readonly Omit<PairFacts, "isSameFile">[];
  readonly stateDir: string;
  readonly logFile: string | null;
  readonly nowMs: number;
}

/**
 * Looks at the machine and at the databases. Database files are looked at from outside (`stat`), never opened
 * but by SQLite, read-only: closing a descriptor would drop this process's locks (SQLITE_NOTES 1).
 */
export function gatherFacts({ pairs, stateDir, logFile, nowMs }: Patient): DoctorFacts {
  const mounts = parseMounts(textOf("/proc/mounts") ?? "");
  const paths = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const watches = textOf("/proc/sys/fs/inotify/max_user_watches");
  return {
    node: process.versions.node,
    nowMs,
    databases: paths.map((path) => databaseFacts(path, mounts)),
    pairs: pairs.map((pair) => ({ ...pair, isSameFile: isSameFile(pair.a, pair.b) })),
    state: placeOf(resolve(stateDir), mounts),
    log: logFile === null ? null : placeOf(dirname(resolve(logFile)), mounts),
    inotifyWatches: watches === null ? null : Number(watches),
  };
}

function databaseFacts(given: string, mounts: readonly MountFacts[]): DatabaseFacts {
  const path = canonical(resolve(given));
  const stats = statOf(path);
  // Before SQLite opens it, which may make an empty -wal and a -shm.
  const walBytes = statOf(`${path}-wal`)?.size ?? null;
  const journalBytes = statOf(`${path}-journal`)?.size ?? null;
  const locks = stats === null ? null : lockFacts(path, stats);
  return {
    given,
    place: placeOf(dirname(path), mounts),
    kind: kindOf(stats),
    bytes: stats?.size ?? 0,
    modifiedMs: stats?.mtimeMs ?? 0,
    isReadable: isAllowed(path, constants.R_OK),
    isWritable: isAllowed(path, constants.W_OK),
    walBytes,
    journalBytes,
    locks,
    probe: probeDatabase(path),
  };
}

function kindOf(stats: Stats | null): DatabaseFacts["kind"] {
  if (stats === null) return "missing";
  return stats.isFile() ? "file" : "other";
}

/** @param folder - need not exist yet */
function placeOf(folder: string, mounts: readonly MountFacts[]): PlaceFacts {
  const nearest = canonical(nearestFolder(folder));
  return {
    path: folder,
    mount: mountOf(nearest, mounts),
    copiedFolder: copiedFolder(folder),
    freeBytes: freeBytes(nearest),
    isFolderWritable: isAllowed(nearest, constants.W_OK),
  };
}

function nearestFolder(folder: string): string {
  if (existsSync(folder) || dirname(folder) === folder) return folder;
  return nearestFolder(dirname(folder));
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function lockFacts(path: string, stats: Stats): LockFacts | null {
  const table = textOf("/proc/locks");
  if (table === null) return null;
  const shm = statOf(`${path}-shm`);
  return locksOn(table, {
    database: lockedFile(stats),
    shm: shm === null ? null : lockedFile(shm),
    ownPid: process.pid,
  });
}

function lockedFile({ dev, ino }: Stats): LockedFile {
  return { ...deviceParts(dev), inode: ino };
}

function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statOf(canonical(resolve(a))), statOf(canonical(resolve(b)))];
  return one !== null && other !== null && one.dev === other.dev && one.ino === other.ino;
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function statOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Of the kernel's own files only; `null` on systems that have no such file. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
