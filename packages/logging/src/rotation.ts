import { closeSync, openSync, renameSync, rmSync, statSync } from "node:fs";

/** Held only while files are renamed; one that is older was left by a process that was killed. */
const STALE_LOCK_MS = 10_000;

/** What to rotate, and how many former files to keep. */
export interface Rotation {
  readonly file: string;
  /** The file that was found full: another process may have rotated it since. */
  readonly inode: number;
  /** Former files kept: `x.log.1` is the newest. */
  readonly maxFiles: number;
}

/** The former files of a log, the newest first: `x.log.1`, `x.log.2`, … */
export function formerFile(file: string, age: number): string {
  return `${file}.${age}`;
}

/**
 * Renames a full log to `x.log.1`, the one before to `x.log.2`, and so on; the oldest is deleted. The
 * next line goes to a new file.
 *
 * Several processes write one log, and each of them may find it full at the same moment: whoever makes
 * the lock file rotates, the others write on where they are and follow at their next line.
 *
 * @throws the file system's error, where the folder cannot be written
 */
export function rotate({ file, inode, maxFiles }: Rotation): void {
  const lock = `${file}.lock`;
  if (!takeLock(lock)) return;
  try {
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return;
    if (maxFiles < 1) {
      rmSync(file);
      return;
    }
    for (let age = maxFiles; age > 1; age--) {
      renameIfThere(formerFile(file, age - 1), formerFile(file, age));
    }
    renameSync(file, formerFile(file, 1));
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    removeStale(lock);
    return false;
  }
}

function removeStale(lock: string): void {
  const madeMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  // One from the future was made before the clock was set back.
  const isStale = madeMs !== undefined && Math.abs(Date.now() - madeMs) > STALE_LOCK_MS;
  if (isStale) rmSync(lock, { force: true });
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
