import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { EventName } from "@sync/model";
import { parseEntry } from "./log-entry.ts";
import type { LogEntry } from "./log-entry.ts";
import { formerFile } from "./rotation.ts";

/** Which entries of a log; all where nothing is given. */
export interface ReadLogOptions {
  readonly file: string;
  readonly events?: readonly EventName[];
  /** Not before, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** A configured pair's name, or its two databases in either order. */
  readonly pair?: string | { readonly a: string; readonly b: string };
  /** Waits for what comes, until `signal` aborts. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** How often to look for more, when there was none. Default 250. */
  readonly pollMs?: number;
}

const CHUNK_BYTES = 65_536;
const POLL_MS = 250;
/** A longer line is not ours, and is not kept in memory until it ends. */
const MAX_LINE_BYTES = 1_048_576;

/**
 * Reads a log back, the oldest entry first, across the files that were put aside. Lines that are none,
 * such as one torn by a crash, are left out. A log that does not exist has no entries.
 *
 * With `follow` it goes on as the log grows, also when it is put aside meanwhile, and ends when
 * `signal` aborts.
 */
export async function* readLog(options: ReadLogOptions): AsyncGenerator<LogEntry, void, void> {
  for await (const line of readLines(options)) {
    const entry = parseEntry(line);
    if (entry !== null && isWanted(entry, options)) yield entry;
  }
}

function isWanted({ event, timeMs, fields }: LogEntry, options: ReadLogOptions): boolean {
  const { events, sinceMs, pair } = options;
  if (events !== undefined && !events.includes(event)) return false;
  if (sinceMs !== undefined && timeMs < sinceMs) return false;
  if (pair === undefined) return true;
  if (typeof pair === "string") return fields["pair"] === pair;
  const { a, b } = fields;
  return (a === pair.a && b === pair.b) || (a === pair.b && b === pair.a);
}

async function* readLines(options: ReadLogOptions): AsyncGenerator<string, void, void> {
  const { file, follow = false, signal, pollMs = POLL_MS } = options;
  // Widened: the compiler does not see that a later turn of the loop finds it set.
  let source = null as LineSource | null;
  try {
    while (!isAborted(signal)) {
      let isComplete = true;
      for (const next of await filesSince(file, source?.inode ?? null, options.sinceMs ?? 0)) {
        if (next.inode !== source?.inode) {
          const opened = await openSource(next);
          // It was put aside since we looked: look again.
          isComplete = opened !== null;
          if (opened === null) break;
          await source?.handle.close();
          source = opened;
        }
        yield* completeLines(source, signal);
      }
      if (isComplete && !follow) break;
      if (isComplete) await pause(pollMs, signal);
    }
    // Its writer died in the middle of a line, or forgot the line feed.
    if (!follow && source !== null && source.rest.length > 0) yield source.rest.toString("utf8");
  } finally {
    await source?.handle.close();
  }
}

/** As a call, since the compiler does not expect a signal to change while we wait. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface LoggedFile {
  readonly path: string;
  readonly inode: number;
}

/** The files to read, the oldest first: from the one that was read last, which may have been put aside. */
async function filesSince(
  file: string,
  last: number | null,
  sinceMs: number,
): Promise<LoggedFile[]> {
  const files: LoggedFile[] = [];
  for (let age = 0; ; age++) {
    const path = age === 0 ? file : formerFile(file, age);
    const stats = await statOrNull(path);
    // The current file is missing for a moment while it is put aside.
    if (stats === null && age > 0) break;
    if (stats === null) continue;
    const isLast = stats.ino === last;
    // What was written last before `sinceMs` holds nothing later.
    if (age > 0 && !isLast && stats.mtimeMs < sinceMs) break;
    files.unshift({ path, inode: stats.ino });
    if (isLast) break;
  }
  return files;
}

async function statOrNull(path: string): Promise<{ ino: number; mtimeMs: number } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A file that is being read, and what came after its last line feed. */
interface LineSource {
  readonly handle: FileHandle;
  readonly inode: number;
  position: number;
  rest: Buffer;
}

/** `null` where another file has this name now. */
async function openSource({ path, inode }: LoggedFile): Promise<LineSource | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const stats = await handle.stat();
  if (stats.ino === inode) return { handle, inode, position: 0, rest: Buffer.alloc(0) };
  await handle.close();
  return null;
}

async function* completeLines(
  source: LineSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  while (!isAborted(signal)) {
    const { bytesRead } = await source.handle.read(chunk, 0, CHUNK_BYTES, source.position);
    if (bytesRead === 0) return;
    source.position += bytesRead;
    const text = Buffer.concat([source.rest, chunk.subarray(0, bytesRead)]);
    // Cut at bytes: a character of several may lie across two chunks.
    const end = text.lastIndexOf(0x0a) + 1;
    source.rest = text.length - end > MAX_LINE_BYTES ? Buffer.alloc(0) : text.subarray(end);
    if (end > 0) yield* text.toString("utf8", 0, end - 1).split("\n");
  }
}

/** Aborting ends the wait; it is how following is meant to end. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
