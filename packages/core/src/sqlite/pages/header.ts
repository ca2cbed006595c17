import {
  HEADER,
  LARGEST_PAGE,
  LOCK_BYTE,
  POINTER_MAP_ENTRY_BYTES,
  SMALLEST_PAGE,
  SMALLEST_USABLE,
} from "./format.ts";
import { NotKnown } from "./not-known.ts";

/** What the database header tells (1.3). */
export interface DatabaseHeader {
  readonly pageSize: number;
  /** The page without what is reserved at its end. */
  readonly usableSize: number;
  readonly isWal: boolean;
  /** `null`: written by a version that did not keep it; the file's size tells. */
  readonly pageCount: number | null;
  /** The first trunk page of the freelist, or 0. */
  readonly freelist: number;
  readonly hasPointerMap: boolean;
}

/** @throws NotKnown where this is no header of a database */
export function readHeader(bytes: Buffer): DatabaseHeader {
  if (bytes.toString("latin1", 0, HEADER.magic.length) !== HEADER.magic) {
    throw new NotKnown("it has no database header");
  }
  const stored = bytes.readUInt16BE(HEADER.pageSize);
  const pageSize = stored === 1 ? LARGEST_PAGE : stored;
  const usableSize = pageSize - bytes.readUInt8(HEADER.reserved);
  const isPower = (pageSize & (pageSize - 1)) === 0;
  if (!isPower || pageSize < SMALLEST_PAGE || usableSize < SMALLEST_USABLE) {
    throw new NotKnown("its page size is none that SQLite knows");
  }
  const isCounted =
    bytes.readUInt32BE(HEADER.changeCounter) === bytes.readUInt32BE(HEADER.versionValidFor);
  const pageCount = bytes.readUInt32BE(HEADER.pageCount);
  return {
    pageSize,
    usableSize,
    isWal: bytes.readUInt8(HEADER.readVersion) === 2,
    pageCount: isCounted && pageCount > 0 ? pageCount : null,
    freelist: bytes.readUInt32BE(HEADER.freelist),
    hasPointerMap: bytes.readUInt32BE(HEADER.largestRoot) !== 0,
  };
}

/** The page of the locks; it holds nothing (1.4). Where the database is smaller, it is past its end. */
export function lockBytePage({ pageSize }: Pick<DatabaseHeader, "pageSize">): number {
  return LOCK_BYTE / pageSize + 1;
}

/**
 * Is this a pointer-map page? The first is page 2; each one describes as many of the pages after it as it
 * has room for, and the next one follows those. One that would be the lock-byte page comes after it (1.8).
 */
export function isPointerMap(page: number, header: DatabaseHeader): boolean {
  if (!header.hasPointerMap || page < 2) return false;
  const described = Math.floor(header.usableSize / POINTER_MAP_ENTRY_BYTES);
  const map = page - ((page - 2) % (described + 1));
  const lock = lockBytePage(header);
  return map === lock ? page === map + 1 : page === map;
}
