import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SyncError } from "@sync/model";
import { isBusy, toSyncError } from "../sqlite/errors.ts";
import { canonicalPath } from "../sqlite/files.ts";
import { refuseSyncedFolder } from "./location.ts";
import { isLocked, lockFile } from "./lock.ts";
import type { PairLock } from "./lock.ts";

/** A pair as a watcher tells of it. */
export interface WatchedPair {
  /** As its config names it. */
  readonly name: string | null;
  /** Canonical, like `b`: through links. */
  readonly a: string;
  readonly b: string;
}

/** A process that watches pairs, on this machine and with this state folder. */
export interface WatcherInfo {
  readonly pid: number;
  readonly startedMs: number;
  /** Where it takes commands; `null` for an application that only its owner can stop. */
  readonly socket: string | null;
  readonly pairs: readonly WatchedPair[];
}

/** Says to everybody that this process watches pairs, until it is let go or the process ends. */
export interface WatchClaim {
  readonly watcher: WatcherInfo;
  /** Idempotent. */
  release(): void;
}

/** Where a watcher is noted, and how it can be reached: `socket` is `null` where only its owner can stop it. */
export interface ClaimOptions {
  readonly stateDir: string;
  readonly socket: string | null;
  readonly startedMs: number;
}

// Registering reads a few small files; only a machine that is about to stop takes longer.
const REGISTER_TIMEOUT_MS = 5000;
const REGISTER_LOCK = "register.sqlite";
const ALIVE_LOCK = "alive.sqlite";
const NOTE = "watcher.json";

/**
 * Makes this process the only watcher of these pairs. It shows by a lock that it is alive, so that
 * one that was killed is in nobody's way; what such a one left is removed here.
 *
 * @throws SyncError SYNC_WATCHED where a living process watches one of them; SYNC_PERMISSION,
 *   SYNC_DISK_FULL, SYNC_IO where the state folder has no room for it
 */
export function claimWatch(
  given: readonly WatchedPair[],
  { stateDir, socket, startedMs }: ClaimOptions,
): WatchClaim {
  refuseSyncedFolder(stateDir);
  const root = join(stateDir, "watchers");
  const pairs = given.map(({ name, a, b }) => ({
    name,
    a: canonicalPath(a),
    b: canonicalPath(b),
  }));
  const registering = startRegistering(root);
  try {
    removeDead(root);
    refuseWatched(listWatchers(stateDir), pairs);
    return register(join(root, randomUUID()), { pid: process.pid, startedMs, socket, pairs });
  } finally {
    registering.release();
  }
}

/** The living watchers, the oldest first. Writes nothing. */
export function listWatchers(stateDir: string): readonly WatcherInfo[] {
  const root = join(stateDir, "watchers");
  return foldersIn(root)
    .filter((folder) => isLocked(join(folder, ALIVE_LOCK)))
    .flatMap((folder) => readNote(folder) ?? [])
    .toSorted((one, other) => one.startedMs - other.startedMs);
}

/**
 * The living watcher of a pair, in either order, or of a pair that one database belongs to; `null`
 * where nobody watches it. Writes nothing.
 */
export function watcherOf(
  stateDir: string,
  databases: readonly [string] | readonly [string, string],
): WatcherInfo | null {
  const wanted = databases.map((path) => canonicalPath(path));
  const isOneOf = ({ a, b }: WatchedPair): boolean => wanted.every((path) => [a, b].includes(path));
  return listWatchers(stateDir).find(({ pairs }) => pairs.some((pair) => isOneOf(pair))) ?? null;
}

/** Two that start at the same moment must not both find nobody. */
function startRegistering(root: string): PairLock {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    return lockFile(join(root, REGISTER_LOCK), REGISTER_TIMEOUT_MS);
  } catch (cause) {
    if (isBusy(cause)) {
      throw new SyncError("SYNC_WATCHED", "Another watcher is starting and does not get on.", {
        cause,
      });
    }
    throw toSyncError(cause, `The list of watchers, ${root},`);
  }
}

function register(folder: string, watcher: WatcherInfo): WatchClaim {
  mkdirSync(folder, { mode: 0o700 });
  const alive = lockFile(join(folder, ALIVE_LOCK), 0);
  writeFileSync(join(folder, NOTE), JSON.stringify(watcher), { mode: 0o600 });
  let isHeld = true;
  return {
    watcher,
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      alive.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function refuseWatched(watchers: readonly WatcherInfo[], pairs: readonly WatchedPair[]): void {
  const wanted = new Set(pairs.map((pair) => endsOf(pair)));
  for (const { pid, startedMs, pairs: held } of watchers) {
    const twin = held.find((pair) => wanted.has(endsOf(pair)));
    if (twin === undefined) continue;
    throw new SyncError(
      "SYNC_WATCHED",
      `The process ${pid} already watches ${twin.name ?? `${twin.a} and ${twin.b}`}.`,
      { details: { pid, startedMs, a: twin.a, b: twin.b } },
    );
  }
}

function removeDead(root: string): void {
  for (const folder of foldersIn(root)) {
    if (!isLocked(join(folder, ALIVE_LOCK))) rmSync(folder, { recursive: true, force: true });
  }
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw toSyncError(error, `The list of watchers, ${root},`);
  }
}

/** `null` while its watcher is about to come or to go. */
function readNote(folder: string): WatcherInfo | null {
  try {
    // Written by `register` of this file, in a folder that only we can write.
    return JSON.parse(readFileSync(join(folder, NOTE), "utf8")) as WatcherInfo;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** `B A` is the pair `A B`. */
function endsOf({ a, b }: WatchedPair): string {
  return [a, b].toSorted().join("\0");
}
