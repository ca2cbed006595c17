import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";

/**
 * What the file system tells about two databases without opening them. Equal signs mean that nothing was
 * written in between, unless the files were too young: a clock that ticks coarsely gives two writes one time.
 */
export interface FileSigns {
  /** Which files stand there, how long and of when. */
  readonly text: string;
  /** Where another write could have left the same signs, the time from which it no longer can; else `null`. */
  readonly youngUntilMs: number | null;
}

// FAT counts in two seconds, most others in milliseconds.
const TICK_MS = 2000;

/** Reads the signs of databases; a file that is not there is a sign like any other. Never throws. */
export async function readSigns(databases: readonly string[], nowMs: number): Promise<FileSigns> {
  const signs = await Promise.all(databases.map(async (path) => signsOf(path)));
  const newestMs = Math.max(0, ...signs.map(({ changedMs }) => changedMs));
  // A file from the future (another machine's clock) would be young until then.
  const settledMs = Math.min(newestMs, nowMs) + TICK_MS;
  return {
    text: signs.map(({ text }) => text).join("\n"),
    youngUntilMs: settledMs > nowMs ? settledMs : null,
  };
}

/** Where a database is: its journals are beside the file that a link leads to. */
export async function placeOf(database: string): Promise<string> {
  try {
    return await realpath(database);
  } catch {
    return resolve(database);
  }
}

interface Signs {
  readonly text: string;
  readonly changedMs: number;
}

/** Not `-shm`: whoever reads writes it. */
async function signsOf(database: string): Promise<Signs> {
  const place = await placeOf(database);
  const signs = await Promise.all([
    signOf(place),
    signOf(`${place}-wal`),
    signOf(`${place}-journal`),
  ]);
  return {
    text: [place, ...signs.map(({ text }) => text)].join(" "),
    changedMs: Math.max(...signs.map(({ changedMs }) => changedMs)),
  };
}

async function signOf(file: string): Promise<Signs> {
  try {
    const { dev, ino, size, mtimeNs, mtimeMs } = await stat(file, { bigint: true });
    // Opening a database for reading makes an empty journal, and closing it takes it away.
    if (size === 0n) return EMPTY;
    return { text: `${dev}:${ino}:${size}:${mtimeNs}`, changedMs: Number(mtimeMs) };
  } catch {
    return EMPTY;
  }
}

const EMPTY: Signs = { text: "-", changedMs: 0 };
