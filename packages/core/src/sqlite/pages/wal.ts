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

/**
 * Finds the latest committed version of each page in a `-wal` file, and what the last transaction wrote. Checks what makes a frame valid (https://www.sqlite.org/fileformat2.html, 4.1 to 4.4): its salts are
 * the file's, the checksums carry on from the header to it, and the last one is a commit.
 *
 * @param committed - how far readers see
 */
export function latestFrames(
  file: RandomAccess,
  pageSize: number,
  committed: CommittedWal,
): CommittedFrames {
  const header = readWalHeader(file, pageSize, committed);
  const frameBytes = FRAME.headerBytes + pageSize;
  const batch = Buffer.allocUnsafeSlow(
    Math.max(1, Math.floor(BATCH_BYTES / frameBytes)) * frameBytes,
  );
  const offsets = new Map<number, number>();
  let lastCommit = new Set<number>();
  let hasEnded = false;
  const end = WAL.bytes + committed.lastFrame * frameBytes;
  let last = batch.subarray(0, 0);
  for (let at = WAL.bytes; at < end; at += batch.length) {
    const bytes = batch.subarray(0, Math.min(batch.length, end - at));
    file.read(at, bytes);
    for (let start = 0; start < bytes.length; start += frameBytes) {
      last = bytes.subarray(start, start + frameBytes);
      checkFrame(last, header);
      const page = last.readUInt32BE(FRAME.page);
      offsets.set(page, at + start + FRAME.headerBytes);
      if (hasEnded) lastCommit = new Set();
      lastCommit.add(page);
      hasEnded = last.readUInt32BE(FRAME.commitSize) !== 0;
    }
  }
  checkCommit(last, header, committed);
  return { offsets, lastCommit };
}

interface WalHeader {
  readonly isLittleEndian: boolean;
  readonly salts: Buffer;
  /** Of everything checked so far; carried on. */
  readonly sums: { first: number; second: number };
}

function readWalHeader(file: RandomAccess, pageSize: number, { salts }: CommittedWal): WalHeader {
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
  return { isLittleEndian, salts, sums };
}

function checkFrame(frame: Buffer, { isLittleEndian, salts, sums }: WalHeader): void {
  addChecksum(frame.subarray(0, FRAME.checkedHeaderBytes), isLittleEndian, sums);
  addChecksum(frame.subarray(FRAME.headerBytes), isLittleEndian, sums);
  const isGood =
    frame.subarray(FRAME.salts, FRAME.checksum).equals(salts) &&
    hasChecksum(frame, FRAME.checksum, sums);
  if (!isGood) throw new NotKnown("a frame of its -wal file is not valid");
}

/** The last frame ends a transaction, and it is the one that readers go by. */
function checkCommit(
  frame: Buffer,
  { sums }: WalHeader,
  { frameChecksum: [first, second], pageCount }: CommittedWal,
): void {
  const isGood =
    frame.readUInt32BE(FRAME.commitSize) === pageCount &&
    sums.first === first &&
    sums.second === second;
  if (!isGood) throw new NotKnown("its -wal file ends otherwise than its readers believe");
}

function hasChecksum(
  bytes: Buffer,
  at: number,
  { first, second }: { readonly first: number; readonly second: number },
): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
