import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { signsOf } from "../file-signs.ts";
import { NotKnown } from "./not-known.ts";

/**
 * A file that is read here and there. Closing it drops all locks that SQLite connections of this process hold
 * on it (SQLITE_NOTES 1).
 */
export interface RandomAccess {
  readonly bytes: number;
  /** As `fileIdentity` says it: which file this is, whatever its path leads to later. */
  readonly identity: string;
  /** Changes whenever it is written to, as far as times can tell. */
  readonly signs: string;
  /**
   * Fills `into` from an offset.
   *
   * @throws NotKnown where the file ends before that
   */
  read(at: number, into: Uint8Array): void;
  close(): void;
}

/** Opens a file to read in it; `null`: there is none. */
export type OpenFile = (path: string) => RandomAccess | null;

/**
 * As {@link openRandomAccess}, but `close` leaves the file open until the process ends: for a process of our own
 * that has SQLite connections. Threads must be started with `trackUnmanagedFds: false`, or their end closes it.
 */
export const openForGood: OpenFile = (path) => {
  const file = openRandomAccess(path);
  return file === null ? null : { ...file, close: () => undefined };
};

/** `null`: there is no such file. */
export function openRandomAccess(path: string): RandomAccess | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const stats = fstatSync(file, { bigint: true });
  const { dev, ino, size } = stats;
  return {
    bytes: Number(size),
    identity: `${dev}:${ino}`,
    signs: signsOf(stats),
    read: (at, into) => {
      let done = 0;
      while (done < into.length) {
        const got = readSync(file, into, done, into.length - done, at + done);
        if (got === 0) throw new NotKnown("a file is shorter than it says");
        done += got;
      }
    },
    close: () => closeSync(file),
  };
}

/** The files of one database, opened one by one and closed together. */
export interface DatabaseFiles {
  /** @returns `null`: there is no such file */
  readonly open: (suffix: "" | "-wal" | "-shm") => RandomAccess | null;
  readonly close: () => void;
}

export function openFilesOf(path: string, openFile: OpenFile = openRandomAccess): DatabaseFiles {
  const files: RandomAccess[] = [];
  return {
    open: (suffix) => {
      const file = openFile(path + suffix);
      if (file !== null) files.push(file);
      return file;
    },
    close: () => {
      for (const file of files.splice(0)) file.close();
    },
  };
}
