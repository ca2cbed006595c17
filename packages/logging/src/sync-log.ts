import { createRequire } from "node:module";
import type { EventLevel, SyncEvent } from "@sync/model";
import type * as Pino from "pino";
import { LEVELS, LINE_WORDS } from "./log-entry.ts";
import { LogFile } from "./log-file.ts";
import { createHookRunner } from "./log-hook.ts";
import type { HookRunner, LogHook } from "./log-hook.ts";
import { redact } from "./redact.ts";
import type { Fields } from "./redact.ts";

/** Where events go, and which. */
export interface SyncLogOptions {
  /** The log; `null` for none, so that only the hook hears. Its folder is made. */
  readonly file: string | null;
  /** Events below it are left out, for the hook too. Default `info`. */
  readonly level?: EventLevel;
  /** Begins a new file before this one grows longer. Default 10 MB. */
  readonly maxBytes?: number;
  /** Former files kept, as `x.log.1`, `x.log.2`, … Default 5. */
  readonly maxFiles?: number;
  /** Begins a new file when the first line of this one is so old. Default 30 days. */
  readonly maxAgeMs?: number;
  readonly logHook?: LogHook;
  /** How long a promise of the hook may take. Default 5 seconds. */
  readonly hookTimeoutMs?: number;
  /** Hears, once, that the log cannot be written. Default: a line on stderr. */
  readonly warn?: (message: string) => void;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** A log of events. */
export interface SyncLog {
  readonly file: string | null;
  /** Writes the line before it returns, and calls the hook. Never throws, whatever happens to either. */
  write(event: SyncEvent): void;
  /** Waits for what the hook still does, within its time, and closes the file. Idempotent. */
  close(): Promise<void>;
}

// Some 40,000 runs without a conflict; with five former files, 60 MB at most.
const MAX_BYTES = 10_000_000;
const MAX_FILES = 5;
const MAX_AGE_MS = 30 * 24 * 3_600_000;
const HOOK_TIMEOUT_MS = 5000;

/** Opens nothing yet: the first event does. */
export function createLog(options: SyncLogOptions): SyncLog {
  const { file, level = "info", now = Date.now } = options;
  const lines = file === null ? null : createLogFile(file, options);
  let writer: ((event: SyncEvent) => void) | null = null;
  const writeLine =
    lines === null
      ? doNothing
      : (event: SyncEvent): void => (writer ??= createLineWriter(lines))(event);
  const hook = createHook(options, (failed, reason) =>
    writeLine({
      event: "log_hook_error",
      level: "error",
      timeMs: now(),
      ...(failed.runId === undefined ? {} : { runId: failed.runId }),
      fields: redact({ during: failed.event, message: `The log hook failed: ${reason}` }),
    }),
  );
  return {
    file,
    write: (event) => {
      if (LEVELS.indexOf(event.level) < LEVELS.indexOf(level)) return;
      const safe = { ...event, fields: redactSafely(event.fields) };
      writeLine(safe);
      hook?.call(safe);
    },
    close: async () => {
      await hook?.settled();
      lines?.close();
    },
  };
}

function createLogFile(file: string, options: SyncLogOptions): LogFile {
  return new LogFile({
    file,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    maxFiles: options.maxFiles ?? MAX_FILES,
    maxAgeMs: options.maxAgeMs ?? MAX_AGE_MS,
    warn: options.warn ?? ((message) => void process.stderr.write(`${message}\n`)),
    now: options.now ?? Date.now,
  });
}

function createHook(
  { logHook, hookTimeoutMs = HOOK_TIMEOUT_MS }: SyncLogOptions,
  onFailure: (event: SyncEvent, reason: string) => void,
): HookRunner | null {
  if (logHook === undefined) return null;
  return createHookRunner({ hook: logHook, timeoutMs: hookTimeoutMs, onFailure });
}

/** pino writes JSON fast, and falls back where a value resists; to a destination that is done when it returns. */
function createLineWriter(lines: LogFile): (event: SyncEvent) => void {
  // When the first line comes, since many programs with a log never write one. A CommonJS package.
  const { pino } = createRequire(import.meta.url)("pino") as typeof Pino;
  const logger = pino(
    {
      level: "debug",
      base: { pid: process.pid },
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    lines,
  );
  return ({ event, level, timeMs, runId, fields }) => {
    const time = new Date(timeMs).toISOString();
    logger[level]({
      time,
      event,
      ...(runId === undefined ? {} : { runId }),
      ...unlikeWords(fields),
    });
  };
}

/** A field named like a word of the line itself gets a `_`: the line must say each thing once. */
function unlikeWords(fields: Fields): Fields {
  if (!LINE_WORDS.some((word) => word in fields)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      LINE_WORDS.includes(name) ? `${name}_` : name,
      value,
    ]),
  );
}

/** A getter of somebody's object may throw. */
function redactSafely(fields: Fields): Fields {
  try {
    return redact(fields);
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

function doNothing(): void {
  // There is no file.
}
