import type { PairStatus } from "@sync/watcher";

/** What a watcher can be asked over its socket: one line of JSON, answered by one. */
export type ControlRequest =
  | { readonly type: "status" }
  /** It finishes what runs, and ends. */
  | { readonly type: "stop" }
  /** Looks at pairs now, also at paused ones; at all where none is named. */
  | { readonly type: "resume"; readonly pairs: readonly PairPaths[] | null };

export interface PairPaths {
  readonly a: string;
  readonly b: string;
}

export type ControlAnswer =
  | { readonly type: "status"; readonly pairs: readonly PairReport[] }
  | { readonly type: "stopping" }
  | { readonly type: "resumed"; readonly pairs: number }
  | { readonly type: "refused"; readonly message: string };

/** How a watched pair is doing. Times are milliseconds since the epoch. */
export interface PairReport extends PairPaths {
  readonly name: string | null;
  readonly state: PairStatus["state"];
  readonly lastRun: LastRun | null;
  /** Since when something waits to be synchronized. */
  readonly waitingSinceMs: number | null;
  /** As of the last run; `null` before the first. */
  readonly openConflicts: number | null;
  readonly nextRetryMs: number | null;
  readonly error: { readonly code: string; readonly message: string; readonly next: string } | null;
}

export interface LastRun {
  readonly endedMs: number;
  readonly runId: string;
  readonly durationMs: number;
}

/** A pair of the command line, as the watcher hands it back in every event. */
export interface NamedPair extends PairPaths {
  readonly name: string | null;
}

/** @returns `null` for a line that is no request */
export function parseRequest(line: string): ControlRequest | null {
  const value = parsed(line);
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  if (value.type === "status" || value.type === "stop") return { type: value.type };
  if (value.type !== "resume" || !("pairs" in value)) return null;
  if (value.pairs === null) return { type: "resume", pairs: null };
  if (!Array.isArray(value.pairs) || !value.pairs.every(isPaths)) return null;
  return { type: "resume", pairs: value.pairs };
}

function isPaths(value: unknown): value is PairPaths {
  if (typeof value !== "object" || value === null) return false;
  return "a" in value && typeof value.a === "string" && "b" in value && typeof value.b === "string";
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
