/**
 * Numbers of the SQLite file format. Section numbers are those of https://www.sqlite.org/fileformat2.html,
 * "WAL" those of https://www.sqlite.org/walformat.html. All integers of the file are big-endian (1.3).
 */

/** The database header: the first 100 bytes of page 1 (1.3). */
export const HEADER = {
  bytes: 100,
  /** The header string (1.3.1). */
  magic: "SQLite format 3\0",
  /** u16; 1 means 65536 (1.3.2). */
  pageSize: 16,
  /** u8: 1 a rollback journal, 2 WAL (1.3.3). */
  readVersion: 19,
  /** u8: bytes at the end of each page that extensions have for themselves (1.3.4). */
  reserved: 20,
  /** u32 (1.3.7). */
  changeCounter: 24,
  /** u32; holds only where the change counter equals `versionValidFor` (1.3.8). */
  pageCount: 28,
  /** u32: the first trunk page of the freelist, or 0 (1.3.9). */
  freelist: 32,
  /** u32: not 0 in auto-vacuum and incremental-vacuum databases, which have pointer-map pages (1.3.12). */
  largestRoot: 52,
  /** u32 (1.3.17). */
  versionValidFor: 92,
} as const;

/** Page sizes are powers of two in these bounds (1.3.2). */
export const SMALLEST_PAGE = 512;
export const LARGEST_PAGE = 65_536;

/** A page never has fewer usable bytes (1.3.4). */
export const SMALLEST_USABLE = 480;

/** The page that contains this byte is left alone, since it is locked (1.4). */
export const LOCK_BYTE: number = 2 ** 30;

/** The first byte of a b-tree page (1.6). */
export const PAGE_TYPE = {
  indexInterior: 2,
  tableInterior: 5,
  indexLeaf: 10,
  tableLeaf: 13,
} as const;

/** The header of a b-tree page (1.6). On page 1 it comes after the database header; no table's rows are there. */
export const PAGE = {
  type: 0,
  /** u16 */
  cellCount: 3,
  /** u32, of interior pages only. */
  rightmost: 8,
  leafHeaderBytes: 8,
  interiorHeaderBytes: 12,
} as const;

/** The pointer to the left child in front of an interior cell (1.6). */
export const CHILD_BYTES = 4;

/** An overflow page starts with the number of the next one, or 0 (1.7). */
export const OVERFLOW_HEADER_BYTES = 4;

/** Serial types of the values in a record (2.1); 1 to 6 are integers of growing size, 10 and 11 are reserved. */
export const SERIAL_TYPE = {
  null: 0,
  real: 7,
  /** The integers 0 and 1, which take no content. */
  zero: 8,
  one: 9,
  /** From here on even types are blobs of `(type - 12) / 2` bytes, */
  firstBlob: 12,
  /** and odd ones texts of `(type - 13) / 2`. */
  firstText: 13,
} as const;

/** A freelist trunk page: the next trunk, how many leaves, and their numbers, all u32 (1.5). */
export const TRUNK = { next: 0, count: 4, leaves: 8 } as const;

/** An entry of a pointer-map page: a type and a page number (1.8). */
export const POINTER_MAP_ENTRY_BYTES = 5;

/** The header of the `-wal` file (4.1). */
export const WAL = {
  bytes: 32,
  /** u32; its last bit tells whether checksums read words as big-endian. */
  magic: 0,
  magicLittleEndian: 0x37_7f_06_82,
  magicBigEndian: 0x37_7f_06_83,
  version: 4,
  knownVersion: 3_007_000,
  pageSize: 8,
  /** Two u32 that change with each restart of the file. */
  salts: 16,
  /** Two u32 over the 24 bytes before. */
  checksum: 24,
} as const;

/** The header of a frame in the `-wal` file; the page follows it (4.1). */
export const FRAME = {
  headerBytes: 24,
  page: 0,
  /** u32: the size of the database in pages after a commit; 0 in frames that are none. */
  commitSize: 4,
  salts: 8,
  /** Two u32 over all frames up to here: the first 8 bytes of each header, and its page (4.2). */
  checksum: 16,
  checkedHeaderBytes: 8,
} as const;

/** The header of a segment of the rollback journal, which fills a sector; records follow: number, page, checksum (3). */
export const JOURNAL = {
  headerBytes: 28,
  magic: "d9d505f920a163d7",
  /** u32 */
  records: 8,
  /** What stands before is 0 until the segment is synced. */
  initial: 12,
  /** In place of the number: all up to the end of the file. */
  notCounted: 0xff_ff_ff_ff,
  sectorSize: 20,
  pageSize: 24,
} as const;

/** The header of the `-shm` file, which stands there twice (WAL 2.1). In the byte order of the machine. */
export const WAL_INDEX = {
  bytes: 48,
  version: 0,
  knownVersion: 3_007_000,
  /** u32: moves with every commit, and with nothing else. */
  changes: 8,
  /** u8 */
  isInitialized: 12,
  /** u32: the last frame that is committed; 0: none. */
  lastFrame: 16,
  pageCount: 20,
  /** Two u32: the checksum of the last frame. */
  frameChecksum: 24,
  /** As in the `-wal`, byte for byte. */
  salts: 32,
  /** Two u32 over the 40 bytes before. */
  checksum: 40,
} as const;
