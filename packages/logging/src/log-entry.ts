import type { EventLevel, EventName } from "@sync/model";

/** One line of a log, read back. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly level: EventLevel;
  readonly event: EventName;
  readonly runId?: string;
  readonly pid?: number;
  /** What belongs to the event: `pair`, `a`, `b`, `table`, `key`, `code`, `message`, … */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The words of a line that are not fields of its event. */
export const LINE_WORDS: readonly string[] = ["time", "level", "event", "runId", "pid"];

/** From the least to the most pressing. */
export const LEVELS: readonly EventLevel[] = ["debug", "info", "warn", "error"];

/**
 * Reads one line; `null` for one that is not of a log: torn by a crash, or somebody else's.
 *
 * `{"level":"info","pid":7,"time":"2025-01-01T00:00:00.000Z","event":"sync_start","a":"x.db"}`
 */
export function parseEntry(line: string): LogEntry | null {
  const words = parseObject(line);
  if (words === null) return null;
  const { time, level, event, runId, pid, ...fields } = words;
  const timeMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(timeMs) || !isLevel(level) || typeof event !== "string") return null;
  return {
    timeMs,
    level,
    // A newer version may have events that this one does not know: they are shown all the same.
    event: event as EventName,
    ...(typeof runId === "string" ? { runId } : {}),
    ...(typeof pid === "number" ? { pid } : {}),
    fields,
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | null {
  // Most of what is not ours is found without the cost of an exception.
  if (!line.startsWith("{")) return null;
  try {
    // An object, since it begins with a brace.
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

function isLevel(word: unknown): word is EventLevel {
  return LEVELS.some((level) => level === word);
}
