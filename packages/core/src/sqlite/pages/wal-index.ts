import { endianness } from "node:os";
import { WAL_INDEX } from "./format.ts";
import { NotKnown } from "./not-known.ts";
import { addChecksum } from "./wal-checksum.ts";

/** What every connection goes by: how far the `-wal` file is committed. */
export interface CommittedWal {
  /** The last committed frame, counted from 1; 0: none. */
  readonly lastFrame: number;
  /** The size of the database after it. */
  readonly pageCount: number;
  /** The checksum that frame must have. */
  readonly frameChecksum: readonly [number, number];
  /** The 8 bytes of salt that its frames must have. */
  readonly salts: Buffer;
  /** Moves by one with every commit, also where the `-wal` is begun anew; starts again where the `-shm` is made anew. */
  readonly changes: number;
}

/**
 * Reads the header of a `-shm` file: both copies of it, which differ only while a commit is being made
 * known (https://www.sqlite.org/walformat.html, 2.1).
 *
 * Only this header tells where a reader's snapshot ends. The `-wal` alone does not: between writing a
 * commit frame and making it known the writer syncs the file, and a reader who starts then does not see
 * that commit yet.
 */
export function readWalIndex(bytes: Buffer): CommittedWal {
  const [copy, other] = [0, 1].map((place) =>
    bytes.subarray(place * WAL_INDEX.bytes, (place + 1) * WAL_INDEX.bytes),
  );
  if (copy === undefined || other === undefined || copy.length < WAL_INDEX.bytes) {
    throw new NotKnown("its -shm file is cut off");
  }
  if (!copy.equals(other)) throw new NotKnown("a commit is being made");
  const isLittleEndian = endianness() === "LE";
  const view = new DataView(copy.buffer, copy.byteOffset, copy.length);
  const word = (at: number): number => view.getUint32(at, isLittleEndian);
  const sums = { first: 0, second: 0 };
  addChecksum(copy.subarray(0, WAL_INDEX.checksum), isLittleEndian, sums);
  const isWhole =
    sums.first === word(WAL_INDEX.checksum) && sums.second === word(WAL_INDEX.checksum + 4);
  const isKnown =
    word(WAL_INDEX.version) === WAL_INDEX.knownVersion &&
    copy.readUInt8(WAL_INDEX.isInitialized) === 1;
  if (!isWhole || !isKnown) throw new NotKnown("its -shm file is not in use");
  return {
    lastFrame: word(WAL_INDEX.lastFrame),
    pageCount: word(WAL_INDEX.pageCount),
    frameChecksum: [word(WAL_INDEX.frameChecksum), word(WAL_INDEX.frameChecksum + 4)],
    salts: copy.subarray(WAL_INDEX.salts, WAL_INDEX.salts + 8),
    changes: word(WAL_INDEX.changes),
  };
}
