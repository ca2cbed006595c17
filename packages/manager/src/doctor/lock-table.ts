import type { LockFacts } from "./facts.ts";

/** A file as the kernel's table of locks names it. */
export interface LockedFile {
  readonly major: number;
  readonly minor: number;
  readonly inode: number;
}

/** A lock on a range of bytes. */
interface HeldLock extends LockedFile {
  readonly isWrite: boolean;
  readonly pid: number;
  readonly from: number;
  readonly to: number;
}

// Where SQLite locks: in the database file (os.h, "The following values may be passed as the second
// argument to sqlite3OsLock") and in the -shm (https://www.sqlite.org/walformat.html §2.3.1).
const PENDING_BYTE = 2 ** 30;
const SHM_WRITE_BYTE = 120;

/** Who holds locks on a database and on its `-shm`, other than ourselves, by `/proc/locks` (proc(5)). */
export function locksOn(
  table: string,
  {
    database,
    shm,
    ownPid,
  }: { readonly database: LockedFile; readonly shm: LockedFile | null; readonly ownPid: number },
): LockFacts {
  const locks = parseLocks(table).filter(({ pid }) => pid !== ownPid);
  const onDatabase = locks.filter((lock) => isSame(lock, database));
  const onShm = shm === null ? [] : locks.filter((lock) => isSame(lock, shm));
  const writers = [
    ...onDatabase.filter(({ isWrite, to }) => isWrite && to >= PENDING_BYTE),
    ...onShm.filter(
      ({ isWrite, from, to }) => isWrite && from <= SHM_WRITE_BYTE && to >= SHM_WRITE_BYTE,
    ),
  ];
  const pids = (some: readonly HeldLock[]): number[] => [...new Set(some.map(({ pid }) => pid))];
  return { holders: pids([...onDatabase, ...onShm]), writers: pids(writers) };
}

function isSame(one: LockedFile, other: LockedFile): boolean {
  return one.inode === other.inode && one.major === other.major && one.minor === other.minor;
}

/** `1: POSIX  ADVISORY  WRITE 4242 fe:01:131 1073741825 1073741825`; those who wait have `->` in front. */
function parseLocks(table: string): HeldLock[] {
  const line =
    /^\d+: \w+ +\w+ +(READ|WRITE) +(-?\d+) +([\da-f]+):([\da-f]+):(\d+) +(\d+) +(\d+|EOF)/gm;
  return [...table.matchAll(line)].map(([, kind, pid, major, minor, inode, from, to]) => ({
    isWrite: kind === "WRITE",
    pid: Number(pid),
    major: Number.parseInt(major ?? "", 16),
    minor: Number.parseInt(minor ?? "", 16),
    inode: Number(inode),
    from: Number(from),
    to: to === "EOF" ? Number.POSITIVE_INFINITY : Number(to),
  }));
}

/** The two parts of a device number, as makedev(3) puts them together. */
export function deviceParts(device: number): Pick<LockedFile, "major" | "minor"> {
  const number = BigInt(device);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}
