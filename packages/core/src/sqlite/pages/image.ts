import { HEADER, WAL, WAL_INDEX } from "./format.ts";
import { lockBytePage, readHeader } from "./header.ts";
import type { DatabaseHeader } from "./header.ts";
import { NotKnown } from "./not-known.ts";
import { openFilesOf } from "./random-access.ts";
import type { DatabaseFiles, OpenFile, RandomAccess } from "./random-access.ts";
import { latestFrames } from "./wal.ts";
import { readWalIndex } from "./wal-index.ts";

/** A page: the same bytes twice, to compare them and to read numbers in them. */
export interface Page {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** The pages of a database as its readers see them: those of the file, under those of its `-wal`. */
export interface Image {
  readonly header: DatabaseHeader;
  readonly pageCount: number;
  /** Pages that the last transaction in the `-wal` wrote; `null`: there is none. */
  readonly lastCommit: ReadonlySet<number> | null;
  /**
   * Reads pages that follow each other.
   *
   * @param into - as large as all of them, or a part of one
   */
  read(first: number, into: Buffer): void;
  /**
   * Looks whether all that was read stood still. Call it last.
   *
   * @throws NotKnown where it did not
   */
  verify(): void;
  close(): void;
}

/**
 * Opens a database while somebody keeps a read transaction open on it. That one sees to it that, in
 * rollback mode, nobody writes, and in WAL mode, what a checkpoint writes into the file stands in the
 * `-wal` meanwhile (SQLITE_NOTES 6). That nothing was committed since the transaction began is for its
 * owner to check.
 *
 * @param identity - which file it must be
 * @throws NotKnown where it cannot be told what its readers see
 */
export function openImage(path: string, identity: string, openFile?: OpenFile): Image {
  const { open, close } = openFilesOf(path, openFile);
  try {
    const main = open("");
    if (main?.identity !== identity) throw new NotKnown("another file was put in its place");
    return { ...layersOf(main, open), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Pages that stand elsewhere than in the main file. */
interface Overlay {
  readonly file: RandomAccess;
  readonly offsets: ReadonlyMap<number, number>;
  readonly lastCommit: ReadonlySet<number>;
  readonly pageCount: number;
  verify(): void;
}

function layersOf(main: RandomAccess, open: DatabaseFiles["open"]): Omit<Image, "close"> {
  const first = Buffer.alloc(HEADER.bytes);
  main.read(0, first);
  const written = readHeader(first);
  const overlay = readOverlay(written, open);
  const read = (page: number, into: Buffer): void =>
    readPages({ main, overlay, pageSize: written.pageSize }, page, into);
  const pageOne = Buffer.alloc(written.pageSize);
  read(1, pageOne);
  const header = readHeader(pageOne);
  if (header.pageSize !== written.pageSize) throw new NotKnown("its page size changes");
  const bySize = Math.floor(main.bytes / header.pageSize);
  return {
    header,
    pageCount: overlay?.pageCount ?? header.pageCount ?? bySize,
    lastCommit: overlay?.lastCommit ?? null,
    read,
    verify: () => overlay?.verify(),
  };
}

/** What the `-wal` file has for readers; `null`: nothing. */
function readOverlay(
  { isWal, pageSize }: DatabaseHeader,
  open: DatabaseFiles["open"],
): Overlay | null {
  const file = open("-wal");
  if (file === null || file.bytes === 0) return null;
  if (!isWal) throw new NotKnown("it has a -wal file that its header does not know");
  const index = open("-shm");
  if (index === null) throw new NotKnown("its -wal file has no -shm file");
  const before = Buffer.alloc(2 * WAL_INDEX.bytes);
  index.read(0, before);
  const committed = readWalIndex(before);
  if (committed.lastFrame === 0) return null;
  const { offsets, lastCommit } = latestFrames(file, pageSize, committed);
  const walHeader = Buffer.alloc(WAL.bytes);
  file.read(0, walHeader);
  return {
    file,
    offsets,
    lastCommit,
    pageCount: committed.pageCount,
    // A writer who starts the file anew changes its header before the first frame.
    verify: () => {
      if (!isSame(index, before) || !isSame(file, walHeader)) {
        throw new NotKnown("it was written to meanwhile");
      }
    },
  };
}

function isSame(file: RandomAccess, before: Buffer): boolean {
  const now = Buffer.alloc(before.length);
  file.read(0, now);
  return now.equals(before);
}

/** Where pages stand. */
export interface Layers {
  readonly main: RandomAccess;
  readonly overlay: Pick<Overlay, "file" | "offsets"> | null;
  readonly pageSize: number;
}

/** Reads pages that follow each other, each from the uppermost layer that has it. */
export function readPages({ main, overlay, pageSize }: Layers, first: number, into: Buffer): void {
  const start = (first - 1) * pageSize;
  if (overlay === null) {
    main.read(start, into);
    return;
  }
  // The newest pages may stand in the -wal only, beyond the end of the file.
  const whole = main.bytes - (main.bytes % pageSize);
  const inFile = Math.max(0, Math.min(into.length, whole - start));
  if (inFile > 0) main.read(start, into.subarray(0, inFile));
  for (let at = 0; at < into.length; at += pageSize) {
    const offset = overlay.offsets.get(first + at / pageSize);
    if (offset !== undefined) overlay.file.read(offset, into.subarray(at, at + pageSize));
    else if (at >= inFile)
      fillLockBytePage(first + at / pageSize, into.subarray(at, at + pageSize));
  }
}

/** Nobody ever writes the lock-byte page, so that it may be the only one to stand nowhere. */
function fillLockBytePage(page: number, into: Buffer): void {
  if (page !== lockBytePage({ pageSize: into.length })) {
    throw new NotKnown("a page is neither in the file nor in its -wal");
  }
  into.fill(0);
}
