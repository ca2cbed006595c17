import { statSync } from "node:fs";
import { signsOf } from "../../sqlite/file-signs.ts";

/** What the file system says about one side: which file stands there, and when it and its log were last written. */
export interface SideSigns {
  /** Device, inode, size and times of the main file; `""`: there is none. */
  readonly main: string;
  /** The same of the `-wal`; `""`: none, or an empty one, which means the same. */
  readonly wal: string;
  /** The latest time of the two, in milliseconds since the epoch. */
  readonly writtenMs: number;
}

/** The same, but for a log that a last close may have removed. */
export function isClosedFrom(before: SideSigns, after: SideSigns): boolean {
  return before.main === after.main && (before.wal === after.wal || after.wal === "");
}

/** Times move in steps: a few milliseconds, on some file systems a second or two (FAT). */
const FINE_STEP_MS = 250;
const COARSE_STEP_MS = 3000;

/** What is written from now on will show in the signs. */
export function isSettled({ writtenMs }: SideSigns, nowMs: number): boolean {
  const step = writtenMs % 1000 === 0 ? COARSE_STEP_MS : FINE_STEP_MS;
  return Math.abs(nowMs - writtenMs) >= step;
}

/** Reads the signs of the database at a path, and opens nothing. */
export function readSigns(path: string): SideSigns {
  const [main, wal] = [statOf(path), statOf(`${path}-wal`)];
  return {
    main: main?.text ?? "",
    wal: wal === null || wal.size === 0n ? "" : wal.text,
    writtenMs: Math.max(main?.writtenMs ?? 0, wal?.writtenMs ?? 0),
  };
}

/** Nothing was written in between, as far as times can tell. */
export function isSameSigns(one: SideSigns, other: SideSigns): boolean {
  return one.main === other.main && one.wal === other.wal;
}

function statOf(path: string): { text: string; size: bigint; writtenMs: number } | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return null;
  const { size, mtimeNs, ctimeNs } = stats;
  return {
    text: signsOf(stats),
    size,
    writtenMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
  };
}
