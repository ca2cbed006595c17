import type { LedgerEntry, LedgerPage, Pair } from "@sync/core";
import { keyToText, sameValue } from "@sync/model";
import type { Row } from "@sync/model";
import { sidesText } from "./inbox-text.ts";
import type { Terminal } from "./terminal.ts";
import { count, numberText, printableName, sentence, wrap } from "./text.ts";
import { timeText } from "./time-text.ts";
import { cellText } from "./value-text.ts";

/** So much of a value stands in a line. */
const VALUE_CHARACTERS = 40;
/** So many columns of a row. */
const SHOWN_COLUMNS = 4;

/**
 * What lost, run by run:
 *
 *     2026-01-02 10:05  last-write-wins  run 019b…
 *       7  products id=2: a lost price 21.0 to 22.0. Side b has the later time.
 */
export function ledgerText(page: LedgerPage, pair: Pair, terminal: Terminal): string {
  const listed = entriesText(page, pair, terminal);
  if (!page.isUnfinished) return listed ?? "The ledger has no such entry: nothing was lost.";
  return [
    listed ?? "The ledger has no such entry yet.",
    "",
    wrap(
      "A run of this pair was interrupted, or is under way. What it overwrote is listed once a run has ended:",
      terminal.width,
    ),
    `  dbsync sync ${sidesText(pair)}`,
  ].join("\n");
}

function entriesText(
  { entries, total }: LedgerPage,
  pair: Pair,
  { colors, width }: Terminal,
): string | null {
  const [newest] = entries;
  if (newest === undefined) return null;
  const lines: string[] = [];
  let run = "";
  for (const entry of entries) {
    if (entry.runId !== run) {
      if (run !== "") lines.push("");
      const who = `${timeText(entry.timeMs)}  ${printableName(entry.policy)}`;
      lines.push(`${colors.bold(who)}  ${colors.dim(`run ${entry.runId}`)}`);
    }
    run = entry.runId;
    lines.push(wrap(`${entry.id}  ${entryText(entry)}`, width, "  ", "      "));
  }
  if (total > entries.length)
    lines.push("", `… and ${numberText(total - entries.length)} older: --limit shows more.`);
  const next = [
    wrap(`${count(total, "entry", "entries")}. To give back what lost, by entry or run:`, width),
    `  dbsync undo ${newest.id} ${sidesText(pair)}`,
  ];
  return [...lines, "", ...next].join("\n");
}

/** `products id=2: a lost price 21.0 to 22.0. Side b has the later time.` */
export function entryText(entry: LedgerEntry): string {
  const { table, key, reason } = entry;
  return `${printableName(table)} ${keyToText(key)}: ${lossText(entry)}. ${sentence(printableName(reason))}`;
}

function lossText(entry: LedgerEntry): string {
  const { side, result } = entry;
  const lost = entry[side];
  if (entry.isRenumbered) return `${side}'s row got another key`;
  if (lost === null) return `${side}'s deletion lost`;
  if (result === null) {
    const what = entry.isResultKnown ? "was deleted" : "was overwritten";
    return `${side}'s row ${what}: ${columnsText(
      lost,
      Object.keys(lost).filter((name) => !Object.hasOwn(entry.key, name)),
    )}`;
  }
  return `${side} lost ${changesText(lost, result, lostColumns(entry, lost, result))}`;
}

/** Columns of which the other side's ordinary edit came over did not lose. */
function lostColumns({ base, a, b, side }: LedgerEntry, lost: Row, result: Row): string[] {
  const other = side === "a" ? b : a;
  const same = (x: Row | null, y: Row | null, name: string): boolean =>
    x !== null && y !== null && sameValue(x[name] ?? null, y[name] ?? null);
  return Object.keys(lost).filter(
    (name) => !same(lost, result, name) && !(same(lost, base, name) && same(result, other, name)),
  );
}

function changesText(lost: Row, result: Row, names: readonly string[]): string {
  // Texts that differ only in bytes that are not valid look the same here.
  if (names.length === 0) return "bytes that are not valid text";
  const shown = names
    .slice(0, SHOWN_COLUMNS)
    .map((name) => `${printableName(name)} ${valueIn(lost, name)} to ${valueIn(result, name)}`);
  return shortened(shown, names.length);
}

function columnsText(row: Row, names: readonly string[]): string {
  const shown = names
    .slice(0, SHOWN_COLUMNS)
    .map((name) => `${printableName(name)} ${valueIn(row, name)}`);
  return shortened(shown, names.length);
}

function shortened(shown: readonly string[], total: number): string {
  const more = total - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${count(more, "column")} more` : ""}`;
}

function valueIn(row: Row, name: string): string {
  return cellText(row[name] ?? null, VALUE_CHARACTERS);
}
