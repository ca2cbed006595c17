import type { WatcherInfo } from "@sync/core";
import type { PairReport } from "../daemon/control.ts";
import { tableText } from "./table.ts";
import type { Colors, Terminal } from "./terminal.ts";
import { count, numberText, wrap } from "./text.ts";
import { timeText } from "./time-text.ts";
import { clockText, pairTitle } from "./watch-text.ts";

/** A watcher, and what it says of its pairs; `null` where it does not answer. */
export interface WatcherStatus {
  readonly watcher: WatcherInfo;
  readonly pairs: readonly PairReport[] | null;
}

/** Each watcher with a line for each of its pairs, and below the table what is wrong with them. */
export async function statusText(
  watchers: readonly WatcherStatus[],
  nowMs: number,
  terminal: Terminal,
): Promise<string> {
  if (watchers.length === 0) {
    return "No watcher is running.\nTo start one in the background: dbsync watch --detach";
  }
  const blocks: string[] = [];
  for (const { watcher, pairs } of watchers) {
    blocks.push(headText(watcher, nowMs, terminal.colors));
    blocks.push(pairs === null ? silentText(watcher) : await pairsText(pairs, nowMs, terminal));
  }
  return blocks.join("\n");
}

/** What `dbsync status --json` prints. */
export function statusDocument(watchers: readonly WatcherStatus[], nowMs: number): object {
  return {
    schemaVersion: 1,
    command: "status",
    watchers: watchers.map(({ watcher, pairs }) => ({
      pid: watcher.pid,
      startedAt: new Date(watcher.startedMs).toISOString(),
      uptimeMs: Math.max(nowMs - watcher.startedMs, 0),
      answers: pairs !== null,
      pairs:
        pairs?.map((pair) => pairDocument(pair, nowMs)) ??
        watcher.pairs.map(({ name, a, b }) => ({ name, a, b, state: null })),
    })),
  };
}

function pairDocument(pair: PairReport, nowMs: number): object {
  const { name, a, b, state, lastRun, openConflicts, error } = pair;
  return {
    name,
    a,
    b,
    state,
    lastRun:
      lastRun === null
        ? null
        : {
            at: new Date(lastRun.endedMs).toISOString(),
            runId: lastRun.runId,
            durationMs: lastRun.durationMs,
          },
    lagMs: lagOf(pair, nowMs),
    openConflicts,
    nextRetryAt: pair.nextRetryMs === null ? null : new Date(pair.nextRetryMs).toISOString(),
    error,
  };
}

function headText({ pid, startedMs }: WatcherInfo, nowMs: number, colors: Colors): string {
  return `${colors.bold(`pid ${pid}`)}, since ${timeText(startedMs)} (${spanText(nowMs - startedMs)})`;
}

function silentText({ socket, pairs }: WatcherInfo): string {
  const who =
    socket === null
      ? "An application of its own: it does not say how it goes."
      : "It does not answer.";
  return [who, ...pairs.map((pair) => `  ${pairTitle(pair)}`)].join("\n");
}

async function pairsText(
  pairs: readonly PairReport[],
  nowMs: number,
  { colors, width }: Terminal,
): Promise<string> {
  const head = ["pair", "state", "last run", "waits", "conflicts"];
  const rows = pairs.map((pair) => [
    pairTitle(pair),
    stateText(pair, colors),
    pair.lastRun === null ? "·" : clockText(pair.lastRun.endedMs),
    pair.waitingSinceMs === null ? "·" : spanText(lagOf(pair, nowMs)),
    openText(pair.openConflicts, colors),
  ]);
  const table = await tableText({ head, rows }, width, colors.dim);
  const troubles = pairs.flatMap((pair) => troubleText(pair, nowMs, width) ?? []);
  return [table, ...troubles].join("\n");
}

function stateText({ state }: PairReport, { red, yellow, green, dim }: Colors): string {
  switch (state) {
    case "idle":
      return dim(state);
    case "due":
    case "running":
      return green(state);
    case "backing-off":
      return yellow(state);
    case "paused":
      return red(state);
  }
}

function openText(open: number | null, colors: Colors): string {
  return open === null || open === 0 ? "·" : colors.red(numberText(open));
}

function troubleText(pair: PairReport, nowMs: number, width: number): string | null {
  const { error, nextRetryMs } = pair;
  if (error === null) return null;
  const again =
    nextRetryMs === null
      ? "Paused until something changes, or: dbsync resume"
      : `Next try in ${spanText(nextRetryMs - nowMs)}.`;
  const lines = [`${pairTitle(pair)}: ${error.code}: ${error.message}`, error.next, again];
  return lines.map((line, index) => wrap(line, width, index === 0 ? "" : "  ", "  ")).join("\n");
}

function lagOf({ waitingSinceMs }: PairReport, nowMs: number): number {
  return waitingSinceMs === null ? 0 : Math.max(nowMs - waitingSinceMs, 0);
}

/** `3 s`, `5 min`, `2 h`, `4 days`. */
function spanText(spanMs: number): string {
  const seconds = Math.max(Math.round(spanMs / 1000), 0);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : count(Math.round(hours / 24), "day");
}
