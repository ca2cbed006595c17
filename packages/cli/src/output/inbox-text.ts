import type { InboxConflict, InboxEntry, Obstacle, Pair } from "@sync/core";
import { keyToText, pathForShell } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { count, printableName, sentence, wrap } from "./text.ts";
import { marked, threeColumns } from "./three-columns.ts";
import { timeText } from "./time-text.ts";
import { wordDiff } from "./word-diff.ts";

/** The inbox: a line for each conflict, below it why it waits, and what to type next. */
export function inboxText(entries: readonly InboxEntry[], pair: Pair, terminal: Terminal): string {
  const { colors, width } = terminal;
  if (entries.length === 0) return colors.green("No conflict waits.");
  const rows = [
    ["id", "table", "key", "kind", "since"],
    ...entries.map((entry) => [
      String(entry.id),
      printableName(entry.table),
      keyToText(entry.key),
      entry.kind,
      timeText(entry.sinceMs),
    ]),
    // Since when is not worth a broken line.
  ].map((row) => (width < NARROW ? row.slice(0, -1) : row));
  const widths = fitted(rows, width);
  const [head = "", ...lines] = rows.map((row) =>
    row
      .map((cell, at) => cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const blocks = lines.map((line, index) => {
    const entry = entries[index];
    const why = entry === undefined ? "" : reasonText(entry);
    return why === "" ? line : `${line}\n${colors.dim(wrap(why, width, "    "))}`;
  });
  const [first] = entries;
  const id = entries.length === 1 ? String(first?.id ?? "") : "ID";
  const next = [
    wrap(
      `${count(entries.length, "conflict waits", "conflicts wait")}. Each side keeps what it has until then. To look at one, and to decide:`,
      width,
    ),
    `  dbsync conflicts show ${id} ${sidesText(pair)}`,
    `  dbsync conflicts resolve ${sidesText(pair)}`,
  ];
  return [colors.dim(head), ...blocks, "", ...next].join("\n");
}

/** One conflict with its rows, beside each other. */
export async function conflictText(
  conflict: InboxConflict,
  pair: Pair,
  terminal: Terminal,
): Promise<string> {
  const { colors, width } = terminal;
  const { id, table, key, kind, sinceMs, changed } = conflict;
  const title = `#${id}  ${printableName(table)} ${keyToText(key)}`;
  return [
    colors.bold(wrap(title, width)),
    colors.dim(`${kind}, since ${timeText(sinceMs)}`),
    colors.dim(`a  ${pair.a}\nb  ${pair.b}`),
    wrap(reasonText(conflict), width),
    ...changed.map((side) =>
      colors.yellow(
        wrap(`Side ${side} changed the row since: the next run looks at it anew.`, width),
      ),
    ),
    "",
    ...threeColumns(conflict, terminal),
    ...(await longTexts(conflict, terminal)),
  ].join("\n");
}

/** Why it waits, in sentences; where a constraint is in the way, which, and whose row. */
export function reasonText({ reason, obstacle }: InboxEntry): string {
  const why = reason === "" ? "" : sentence(printableName(reason));
  return [why, obstacle === null ? "" : obstacleText(obstacle)]
    .filter((text) => text !== "")
    .join(" ");
}

function obstacleText({ text, side, rival }: Obstacle): string {
  const who =
    rival === null
      ? ""
      : `: ${printableName(rival.table)} ${printableName(rival.key)} is in the way`;
  return `It is about ${printableName(text)} on side ${side}${who}.`;
}

/** Texts that are cut in the columns are shown by what each side changed in them. */
async function longTexts(conflict: InboxConflict, terminal: Terminal): Promise<string[]> {
  const { base, a, b } = conflict;
  const lines: string[] = [];
  for (const name of marked(conflict)) {
    const [old, x, y] = [base, a, b].map((row) => row?.[name]);
    if (typeof x !== "string" || typeof y !== "string" || x.length + y.length < LONG_TEXT) continue;
    const title = (what: string): string => terminal.colors.dim(`${printableName(name)}, ${what}:`);
    if (typeof old === "string") {
      lines.push("", title("a against the base"), await wordDiff(old, x, terminal));
      lines.push("", title("b against the base"), await wordDiff(old, y, terminal));
    } else {
      lines.push("", title("b against a"), await wordDiff(x, y, terminal));
    }
  }
  return lines;
}

/** In a window of fewer characters, the list has a column less. */
const NARROW = 60;

/** Two texts that together are shorter can be compared at a glance. */
const LONG_TEXT = 60;

/** What can be typed to decide a conflict. */
export function waysToDecide({ id, kind, base, hasKey }: InboxConflict, pair: Pair): string {
  if (!hasKey)
    return `The row has no key: make the rows equal on both sides, then\n  dbsync sync ${sidesText(pair)}`;
  const command = `dbsync conflicts resolve ${id} ${sidesText(pair)}`;
  // Each line can be pasted: nothing stands behind the command.
  return [
    "To decide:",
    ...["a", "b", ...(base === null ? [] : ["base"])].map((from) => `  ${command} --take ${from}`),
    ...(kind === "insert/insert" ? [`  ${command} --keep-both`] : []),
    `  ${command} --set column=value`,
    `  ${command} --delete`,
  ].join("\n");
}

/** The pair as it can be typed after a command. */
export function sidesText({ a, b }: Pair): string {
  return `${pathForShell(a)} ${pathForShell(b)}`;
}

/** Widths of columns; the key gives way where the line is too long. */
function fitted(rows: readonly (readonly string[])[], width: number): number[] {
  const natural = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  const total = natural.reduce((sum, one) => sum + one + 2, -2);
  const key = natural[2] ?? 0;
  return natural.with(2, Math.max(Math.min(key, key - (total - width)), 8));
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
