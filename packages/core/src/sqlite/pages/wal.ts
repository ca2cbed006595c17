import { FRAME, LARGEST_PAGE, WAL } from "./format.ts";
import { NotKnown } from "./not-known.ts";
import type { RandomAccess } from "./random-access.ts";
import { addChecksum } from "./wal-checksum.ts";
import type { CommittedWal } from "./wal-index.ts";

/** Frames read at a time: large enough that a read costs nothing beside its checksum. */
const BATCH_BYTES = 2 ** 20;

/** What readers see of a `-wal` file. */
export interface CommittedFrames {
  /** Where the latest version of each page stands, by its number. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Pages of the last transaction. */
  readonly lastCommit: ReadonlySet<number>;
}

/** What all frames of a `-wal` file that was begun once have in common (4.1). */
export interface WalGeneration {
  readonly pageSize: number;
  readonly isLittleEndian: boolean;
  /** 8 bytes. */
  readonly salts: Buffer;
}

/** A place in a `-wal` file: behind so many frames, over which the checksum runs. */
export interface WalPosition {
  readonly frame: number;
  readonly sums: Readonly<Checksum>;
}

interface Checksum {
  first: number;
  second: number;
}

/** A frame that is valid; its bytes may be overwritten by the next call. */
export interface Frame {
  readonly page: number;
  /** Where the page stands in the file. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** The size of the database in pages, in a frame that ends a transaction; else 0. */
  readonly commitSize: number;
  /** Behind it. */
  readonly position: WalPosition;
}

/**
 * Finds the latest committed version of each page in a `-wal` file, and what the last transaction wrote.
 *
 * @param committed - how far readers see
 */
export function latestFrames(
  file: RandomAccess,
  pageSize: number,
  committed: CommittedWal,
): CommittedFrames {
  const { generation, start } = readWalHeader(file, pageSize, committed.salts);
  const offsets = new Map<number, number>();
  let lastCommit = new Set<number>();
  let hasEnded = false;
  readCommitted(file, generation, { from: start, committed }, ({ page, offset, commitSize }) => {
    offsets.set(page, offset);
    if (hasEnded) lastCommit = new Set();
    lastCommit.add(page);
    hasEnded = commitSize !== 0;
  });
  return { offsets, lastCommit };
}

/**
 * The header of a `-wal` file, and the place behind it.
 *
 * @throws NotKnown where the file was begun anew since the salts were read
 */
export function readWalHeader(
  file: RandomAccess,
  pageSize: number,
  salts: Buffer,
): { readonly generation: WalGeneration; readonly start: WalPosition } {
  const bytes = Buffer.alloc(WAL.bytes);
  file.read(0, bytes);
  const magic = bytes.readUInt32BE(WAL.magic);
  const isLittleEndian = magic === WAL.magicLittleEndian;
  const size = bytes.readUInt32BE(WAL.pageSize);
  const sums = { first: 0, second: 0 };
  addChecksum(bytes.subarray(0, WAL.checksum), isLittleEndian, sums);
  const isGood =
    (isLittleEndian || magic === WAL.magicBigEndian) &&
    bytes.readUInt32BE(WAL.version) === WAL.knownVersion &&
    (size === pageSize || (size === 1 && pageSize === LARGEST_PAGE)) &&
    hasChecksum(bytes, WAL.checksum, sums) &&
    bytes.subarray(WAL.salts, WAL.checksum).equals(salts);
  if (!isGood) throw new NotKnown("its -wal file and its -shm file do not belong together");
  return { generation: { pageSize, isLittleEndian, salts }, start: { frame: 0, sums } };
}

/**
 * Reads frames up to the last one that readers see, which must be a commit and the one they go by.
 *
 * @throws NotKnown where that is not what stands there
 */
export function readCommitted(
  file: RandomAccess,
  generation: WalGeneration,
  { from, committed }: { readonly from: WalPosition; readonly committed: CommittedWal },
  onFrame: (frame: Frame) => void,
): WalPosition {
  let commitSize = 0;
  const { frame, sums } = readFrames(
    file,
    generation,
    { from, to: committed.lastFrame },
    (found) => {
      ({ commitSize } = found);
      onFrame(found);
    },
  );
  if (frame < committed.lastFrame) throw new NotKnown("a frame of its -wal file is not valid");
  const [first, second] = committed.frameChecksum;
  const isRead = frame > from.frame;
  const isGood =
    sums.first === first &&
    sums.second === second &&
    (!isRead || commitSize === committed.pageCount);
  if (!isGood) throw new NotKnown("its -wal file ends otherwise than its readers believe");
  return { frame, sums };
}

/**
 * Reads the frames behind a place, as long as they are valid (https://www.sqlite.org/fileformat2.html, 4.1 to
 * 4.4): their salts are the generation's, and the checksum carries on from each to the next.
 *
 * @param to - the last one to read
 * @returns the place behind the last valid one
 */
export function readFrames(
  file: RandomAccess,
  { pageSize, isLittleEndian, salts }: WalGeneration,
  { from, to }: { readonly from: WalPosition; readonly to: number },
  onFrame: (frame: Frame) => void,
): WalPosition {
  const frameBytes = FRAME.headerBytes + pageSize;
  const atOnce = Math.max(1, Math.min(Math.floor(BATCH_BYTES / frameBytes), to - from.frame));
  const batch = Buffer.allocUnsafeSlow(atOnce * frameBytes);
  const sums = { ...from.sums };
  for (let number = from.frame; number < to;) {
    const at = WAL.bytes + number * frameBytes;
    const frames = batch.subarray(0, Math.min(atOnce, to - number) * frameBytes);
    file.read(at, frames);
    for (let start = 0; start < frames.length; start += frameBytes) {
      const bytes = frames.subarray(start, start + frameBytes);
      const before = { ...sums };
      addChecksum(bytes.subarray(0, FRAME.checkedHeaderBytes), isLittleEndian, sums);
      addChecksum(bytes.subarray(FRAME.headerBytes), isLittleEndian, sums);
      const isValid =
        bytes.subarray(FRAME.salts, FRAME.checksum).equals(salts) &&
        hasChecksum(bytes, FRAME.checksum, sums);
      if (!isValid) return { frame: number, sums: before };
      number++;
      onFrame({
        page: bytes.readUInt32BE(FRAME.page),
        offset: at + start + FRAME.headerBytes,
        bytes: bytes.subarray(FRAME.headerBytes),
        commitSize: bytes.readUInt32BE(FRAME.commitSize),
        position: { frame: number, sums: { ...sums } },
      });
    }
  }
  return { frame: to, sums };
}

/** The frame that ends at a place is still there, as it was. */
export function isFrameThere(
  file: RandomAccess,
  { pageSize, salts }: WalGeneration,
  { frame, sums }: WalPosition,
): boolean {
  const at = WAL.bytes + (frame - 1) * (FRAME.headerBytes + pageSize);
  if (frame < 1 || at + FRAME.headerBytes > file.bytes) return false;
  const header = Buffer.alloc(FRAME.headerBytes);
  file.read(at, header);
  return (
    header.subarray(FRAME.salts, FRAME.checksum).equals(salts) &&
    hasChecksum(header, FRAME.checksum, sums)
  );
}

function hasChecksum(
  bytes: Buffer,
  at: number,
  { first, second }: { readonly first: number; readonly second: number },
): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
