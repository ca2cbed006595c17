import { basename, relative } from "node:path";
import { pathForShell } from "@sync/model";
import type { SyncError, SyncReport, WriteCounts } from "@sync/model";
import type { NamedPair } from "../daemon/control.ts";
import type { Colors } from "./terminal.ts";
import { count, durationText, numberText, printableName } from "./text.ts";

/** What a line is made of. */
export interface LineOf {
  readonly pair: NamedPair;
  readonly timeMs: number;
  readonly colors: Colors;
}

/** `office.db ⇄ field.db`, or the pair's name. */
export function pairTitle({ name, a, b }: NamedPair): string {
  if (name !== null) return printableName(name);
  const [shortA, shortB] = [basename(a), basename(b)];
  return printableName(shortA === shortB ? `${a} ⇄ ${b}` : `${shortA} ⇄ ${shortB}`);
}

/**
 * One line for a run that did something: `21:03:11  shop  → a +2 ~1  → b −1  1 resolved (0.03 s)`;
 * `""` for any other.
 *
 * @param openBefore - conflicts that waited after the run before
 */
export function runLine(report: SyncReport, openBefore: number, line: LineOf): string {
  const { colors } = line;
  const parts = [
    writesText("a", totalOf(report, "toA"), colors),
    writesText("b", totalOf(report, "toB"), colors),
    countText(mergedIn(report), "merged", colors.green),
    countText(report.conflicts.resolved, "resolved", colors.yellow),
    waitingText(report.conflicts.parked, openBefore, line),
  ].filter((part) => part !== "");
  if (parts.length === 0) return "";
  const took = colors.dim(`(${durationText(report.durationMs)})`);
  return `${head(line)}  ${parts.join("  ")}  ${took}`;
}

/** What a pair began to fail with, and what becomes of it. */
export function failedLine(error: SyncError, retryMs: number | null, line: LineOf): string {
  const { colors, pair, timeMs } = line;
  const after =
    retryMs === null
      ? `Paused until something changes, or: dbsync resume ${pairForShell(pair)}`
      : `Tried again in ${durationText(Math.max(retryMs - timeMs, 0))}, and so on until it works.`;
  const code = colors.red(error.code);
  return `${head(line)}  ${code}: ${error.message}\n  ${error.next}\n  ${after}`;
}

export function recoveredLine(line: LineOf): string {
  return `${head(line)}  ${line.colors.green("works again")}`;
}

/** What can be typed after a command to mean this pair. */
export function pairForShell({ name, a, b }: NamedPair): string {
  return name === null ? [a, b].map((path) => shortPath(path)).join(" ") : pathForShell(name);
}

/** As one would type it from here, where that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return pathForShell(short !== "" && short.length < path.length ? short : path);
}

/** `21:03:11`, where the user is. */
export function clockText(timeMs: number): string {
  const date = new Date(timeMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((number) => String(number).padStart(2, "0"))
    .join(":");
}

function head({ timeMs, pair, colors }: LineOf): string {
  return `${colors.dim(clockText(timeMs))}  ${colors.bold(pairTitle(pair))}`;
}

function totalOf(report: SyncReport, side: "toA" | "toB"): WriteCounts {
  const total = (kind: keyof WriteCounts): number =>
    report.tables.reduce((sum, table) => sum + table[side][kind], 0);
  return { inserted: total("inserted"), updated: total("updated"), deleted: total("deleted") };
}

function mergedIn(report: SyncReport): number {
  return report.tables.reduce((sum, table) => sum + table.merged, 0);
}

function writesText(
  side: "a" | "b",
  { inserted, updated, deleted }: WriteCounts,
  colors: Colors,
): string {
  const parts = [
    inserted === 0 ? "" : colors.green(`+${numberText(inserted)}`),
    updated === 0 ? "" : colors.yellow(`~${numberText(updated)}`),
    deleted === 0 ? "" : colors.red(`−${numberText(deleted)}`),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `→ ${side} ${parts.join(" ")}`;
}

function countText(rows: number, what: string, paint: (text: string) => string): string {
  return rows === 0 ? "" : paint(`${numberText(rows)} ${what}`);
}

function waitingText(open: number, before: number, { colors, pair }: LineOf): string {
  if (open === before) return "";
  if (open === 0) return colors.green("no conflict waits any more");
  const verb = open === 1 ? "waits" : "wait";
  return colors.red(`${count(open, "conflict")} ${verb}: dbsync conflicts ${pairForShell(pair)}`);
}
