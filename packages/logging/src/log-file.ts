import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { parseEntry } from "./log-entry.ts";
import { rotate } from "./rotation.ts";

/** Where lines go, and when a new file is begun. */
export interface LogFileOptions {
  readonly file: string;
  /** A line that would make the file longer begins a new one. */
  readonly maxBytes: number;
  /** Former files kept beside the current one. */
  readonly maxFiles: number;
  /** A file whose first line is older is put aside. */
  readonly maxAgeMs: number;
  /** Hears once, in a sentence, that the log cannot be written. */
  readonly warn: (message: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Enough for the first line of any log of ours to show its time. */
const HEAD_BYTES = 4096;

// A line is one `write` at the end of the file, so that those of several processes do not mix. Without
// O_NONBLOCK, opening a named pipe that nobody reads would wait for ever.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  readonly device: number;
  /** When its first line was written; `null` where it has none yet, or is no ordinary file. */
  beganMs: number | null;
  /** The last line has no end: the next one must not be glued to it. */
  isTorn: boolean;
}

/**
 * Appends lines to a file and puts it aside when it is full or old. Every line is written before the
 * call returns, so that none is lost when the process ends. Never throws: what cannot be written is
 * said once, and lost; the next line tries again.
 *
 * Several processes may write one file.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #open: OpenLog | null = null;
  #hasWarned = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** @param line - with its line feed */
  write(line: string): void {
    try {
      const bytes = Buffer.from(line);
      append(this.#openFor(bytes.length), bytes, this.#options.now());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Idempotent. A later line opens the file again. */
  close(): void {
    const open = this.#open;
    this.#open = null;
    if (open !== null) closeSync(open.fd);
  }

  #openFor(bytes: number): OpenLog {
    const stats = statSync(this.#options.file, { throwIfNoEntry: false });
    if (this.#open !== null && !isSameFile(this.#open, stats)) this.close();
    this.#open ??= openLog(this.#options.file);
    if (stats?.isFile() === true && this.#isFull(this.#open, stats.size, bytes)) {
      this.#rotate(this.#open);
      this.#open ??= openLog(this.#options.file);
    }
    return this.#open;
  }

  #isFull({ beganMs }: OpenLog, size: number, bytes: number): boolean {
    const { maxBytes, maxAgeMs, now } = this.#options;
    if (size === 0) return false;
    return size + bytes > maxBytes || (beganMs !== null && now() - beganMs > maxAgeMs);
  }

  /** A log that cannot be put aside grows on: better long than lost. */
  #rotate({ inode }: OpenLog): void {
    const { file, maxFiles } = this.#options;
    try {
      rotate({ file, inode, maxFiles });
      this.close();
    } catch (error) {
      this.#warn(`The log ${file} cannot be put aside, and grows on: ${messageOf(error)}`);
    }
  }

  #fail(error: unknown): void {
    this.#warn(
      `The log ${this.#options.file} cannot be written: ${messageOf(error)}. The work goes on without it.`,
    );
  }

  #warn(message: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.warn(message);
  }
}

function openLog(file: string): OpenLog {
  mkdirSync(dirname(file), { recursive: true });
  // Keys of rows stand in it: they are the owner's business.
  const fd = openSync(file, FLAGS, 0o600);
  const stats = fstatSync(fd);
  return { fd, inode: stats.ino, device: stats.dev, ...endsOf(file, stats) };
}

/** How the file begins and ends; a file that may be written but not read is taken as new and whole. */
function endsOf(file: string, stats: Stats): Pick<OpenLog, "beganMs" | "isTorn"> {
  const unknown = { beganMs: null, isTorn: false };
  if (!stats.isFile() || stats.size === 0) return unknown;
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return unknown;
  }
  try {
    const [firstLine = ""] = readText(fd, HEAD_BYTES, 0).split("\n", 1);
    const beganMs = parseEntry(firstLine)?.timeMs ?? null;
    return { beganMs, isTorn: readText(fd, 1, stats.size - 1) !== "\n" };
  } finally {
    closeSync(fd);
  }
}

function readText(fd: number, bytes: number, position: number): string {
  const buffer = Buffer.alloc(bytes);
  return buffer.toString("utf8", 0, readSync(fd, buffer, 0, bytes, position));
}

function append(open: OpenLog, line: Buffer, nowMs: number): void {
  let rest = open.isTorn ? Buffer.concat([Buffer.from("\n"), line]) : line;
  while (rest.length > 0) {
    const written = writeSync(open.fd, rest);
    // A disk that fills up takes a part of a line.
    open.isTorn = written < rest.length || !endsLine(rest);
    rest = rest.subarray(written);
  }
  open.beganMs ??= nowMs;
}

function endsLine(bytes: Buffer): boolean {
  return bytes.at(-1) === 0x0a;
}

function isSameFile(open: OpenLog, stats: Stats | undefined): boolean {
  return stats !== undefined && stats.ino === open.inode && stats.dev === open.device;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
