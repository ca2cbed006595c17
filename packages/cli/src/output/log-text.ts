import { basename } from "node:path";
import type { EventLevel, EventName } from "@sync/model";
import type { Colors, Terminal } from "./terminal.ts";
import { durationText, printableName } from "./text.ts";
import { timeText } from "./time-text.ts";

/** What a line shows of an entry. */
export interface ShownEntry {
  readonly timeMs: number;
  readonly level: EventLevel;
  readonly event: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `2026-01-02 10:05  conflict_skip  shop  notes id=7: Side b has the later time.` */
export function entryText(
  { timeMs, level, event, fields }: ShownEntry,
  terminal: Terminal,
): string {
  const { colors } = terminal;
  const parts = [
    colors.dim(timeText(timeMs)),
    painterOf(level, colors)(event.padEnd(LONGEST_EVENT)),
    pairText(fields),
    printableName(detailText(fields)),
  ];
  return parts.join("  ").trimEnd();
}

const LONGEST_EVENT = "conflict_resolved".length;

function painterOf(level: EventLevel, colors: Colors): (text: string) => string {
  switch (level) {
    case "error":
      return colors.red;
    case "warn":
      return colors.yellow;
    case "info":
      return String;
    case "debug":
      return colors.dim;
  }
}

function pairText({ pair, a, b }: ShownEntry["fields"]): string {
  if (typeof pair === "string") return pair;
  return typeof a === "string" && typeof b === "string" ? `${basename(a)} ${basename(b)}` : "";
}

function detailText(fields: ShownEntry["fields"]): string {
  const { table, key, code, message, reason, policy, durationMs, conflicts } = fields;
  if (typeof message === "string") return [code, message].filter(isText).join(": ");
  if (isText(reason)) return `${[table, key].filter(isText).join(" ")}: ${reason}`;
  if (typeof durationMs === "number") return `${durationText(durationMs)}${countsText(conflicts)}`;
  return isText(policy) ? policy : "";
}

function countsText(conflicts: unknown): string {
  if (typeof conflicts !== "object" || conflicts === null) return "";
  // As the engine writes them; what is something else shows as it is.
  const { resolved, parked } = conflicts as {
    readonly resolved?: unknown;
    readonly parked?: unknown;
  };
  return `, ${String(resolved)} resolved, ${String(parked)} parked`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
