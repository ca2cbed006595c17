import { NotKnown } from "../not-known.ts";
import type { RandomAccess } from "../random-access.ts";
import { isFrameThere, readCommitted, readFrames, readWalHeader } from "../wal.ts";
import type { Frame, WalGeneration, WalPosition } from "../wal.ts";
import { FRAME, WAL } from "../format.ts";
import type { Following } from "../sign.ts";
import type { CommittedWal } from "../wal-index.ts";

/** How far a `-wal` file was read. */
export interface Log {
  /** `null`: no frame of it was written yet; then its salts say nothing about what came before. */
  readonly generation: WalGeneration | null;
  readonly salts: Buffer;
  readonly position: WalPosition;
  /** What the `-shm` counted up to then, and which file that was. */
  readonly changes: number;
  readonly indexIdentity: string;
  /** Who had it open then. */
  readonly session: string;
  /** Where the latest version of each page stands that is in it. */
  readonly offsets: Map<number, number>;
}

/** A log as it is now, and the pages that were written since it was read before. */
export interface LogTail {
  readonly log: Log;
  /** `null`: what was written is not all there any more, or nothing was read before. */
  readonly pages: ReadonlySet<number> | null;
}

/** The files of a log, and what its readers go by. */
export interface LogFiles {
  readonly wal: RandomAccess;
  readonly indexIdentity: string;
  readonly mainSigns: string;
  readonly pageSize: number;
  readonly committed: CommittedWal;
}

/**
 * Reads what was committed to a `-wal` file since it was read before.
 *
 * Nothing is missed: frames of one generation follow each other without a gap, each proven by the checksum
 * that carries on from the one before. Where the file was begun anew, frames may have been overwritten
 * before they were read. Two things tell that none was: the `-shm` counts commits as long as somebody has it
 * open, and those that are found are as many; or nothing was carried over into the main file since it was at
 * rest, so that all that was committed since stands in the file as it is now.
 */
export function readLogTail(before: Log | null, files: LogFiles, following: Following): LogTail {
  if (before === null) return { log: readLog(files, following).log, pages: null };
  const { committed, wal, indexIdentity } = files;
  const { generation } = before;
  if (generation === null || !before.salts.equals(committed.salts))
    return readNewGeneration(before, files, following);
  if (committed.lastFrame < before.position.frame)
    throw new NotKnown("its -wal file became shorter");
  const found = createFound();
  const position = readCommitted(wal, generation, { from: before.position, committed }, found.add);
  for (const [page, offset] of found.offsets) before.offsets.set(page, offset);
  const { changes } = committed;
  const log = { ...before, position, changes, indexIdentity, session: following.session };
  return { log, pages: found.pages };
}

function readNewGeneration(before: Log, files: LogFiles, following: Following): LogTail {
  const { committed, indexIdentity, mainSigns } = files;
  const { log, found } = readLog(files, following);
  const rest = readOldTail(before, files);
  const commits = (committed.changes - before.changes) >>> 0;
  const isCounted =
    indexIdentity === before.indexIdentity &&
    following.session === before.session &&
    found.commits + rest.commits === commits;
  const isAll = isCounted || mainSigns === following.restedSigns;
  return { log, pages: isAll ? new Set([...found.pages, ...rest.pages]) : null };
}

/** All of a generation. */
function readLog(
  { wal, indexIdentity, pageSize, committed }: LogFiles,
  { session }: Following,
): { readonly log: Log; readonly found: Found } {
  const found = createFound();
  const { salts, changes } = committed;
  const known = { salts: Buffer.from(salts), changes, indexIdentity, session };
  if (committed.lastFrame === 0) {
    const position = { frame: 0, sums: { first: 0, second: 0 } };
    return { found, log: { ...known, generation: null, position, offsets: found.offsets } };
  }
  const { generation, start } = readWalHeader(wal, pageSize, known.salts);
  const position = readCommitted(wal, generation, { from: start, committed }, found.add);
  return { found, log: { ...known, generation, position, offsets: found.offsets } };
}

/**
 * What was committed to the former generation after it was read. Its frames stand there until the new one
 * reaches them, which it does from the front: where the last one that was read is still there, all behind it are.
 */
function readOldTail(before: Log, { wal, pageSize }: LogFiles): Found {
  const { generation, position } = before;
  const rest = createFound();
  if (generation === null || !isFrameThere(wal, generation, position)) return rest;
  const last = Math.floor((wal.bytes - WAL.bytes) / (FRAME.headerBytes + pageSize));
  const found = createFound();
  readFrames(wal, generation, { from: position, to: last }, found.add);
  // Somebody may have written over them meanwhile.
  return isFrameThere(wal, generation, position) ? found : rest;
}

interface Found {
  /** Pages of transactions that were committed. */
  readonly pages: Set<number>;
  readonly offsets: Map<number, number>;
  commits: number;
  readonly add: (frame: Frame) => void;
}

function createFound(): Found {
  let open = new Map<number, number>();
  let last: { readonly page: number; readonly bytes: Buffer } | null = null;
  const found: Found = {
    pages: new Set(),
    offsets: new Map(),
    commits: 0,
    add: ({ page, offset, bytes, commitSize }) => {
      open.set(page, offset);
      if (commitSize === 0) {
        last = null;
        return;
      }
      for (const [one, at] of open) {
        found.pages.add(one);
        found.offsets.set(one, at);
      }
      open = new Map();
      // A commit may be written again and again to fill a sector of the disk: that counts once (WAL 4).
      const isPadding = last !== null && last.page === page && last.bytes.equals(bytes);
      if (!isPadding) found.commits++;
      last = { page, bytes: Buffer.from(bytes) };
    },
  };
  return found;
}
