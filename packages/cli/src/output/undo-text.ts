import type { Pair, UndoOutcome, UndoReport } from "@sync/core";
import { keyToText } from "@sync/model";
import { sidesText } from "./inbox-text.ts";
import type { Terminal } from "./terminal.ts";
import { count, numberText, printableName, sentence, wrap } from "./text.ts";

/** More than this is a listing that nobody reads. */
const SHOWN = 20;

/** What was given back, what was not and why. */
export function undoText(
  { entries, dryRun, runId }: UndoReport,
  pair: Pair,
  terminal: Terminal,
): string {
  const { colors, width } = terminal;
  const done = entries.filter(({ outcome }) => outcome === "given-back");
  const others = entries.filter(({ outcome }) => outcome !== "given-back");
  const lines = [...done.slice(0, SHOWN), ...others.slice(0, SHOWN)].map((entry) =>
    wrap(`- ${outcomeText(entry, dryRun)}`, width, "", "  "),
  );
  const hidden = Math.max(done.length - SHOWN, 0) + Math.max(others.length - SHOWN, 0);
  if (hidden > 0) lines.push(`… and ${numberText(hidden)} more`);
  if (dryRun) return [...lines, "", "Dry run: nothing was written."].join("\n");
  const ways = wayOn(others);
  if (ways !== "") lines.push("", wrap(ways, width));
  if (done.length === 0) return [...lines, "", "Nothing was changed."].join("\n");
  const back = `${count(done.length, "row was", "rows were")} given back on both sides`;
  const undo =
    runId === null
      ? ""
      : `To have back what stood there before:
  dbsync undo ${runId} ${sidesText(pair)}`;
  return [...lines, "", colors.green(`${back}.`), colors.dim(undo)].join("\n");
}

function outcomeText(
  { table, key, side, outcome, reason, entry }: UndoOutcome,
  dryRun: boolean,
): string {
  const row = `${printableName(table)} ${keyToText(key)} (entry ${entry})`;
  if (outcome !== "given-back") return `${row}: ${sentence(printableName(reason))}`;
  return `${row}: ${dryRun ? `${side}'s value would come back` : `${side}'s value is back`}.`;
}

function wayOn(others: readonly UndoOutcome[]): string {
  const has = (outcome: UndoOutcome["outcome"]): boolean =>
    others.some((one) => one.outcome === outcome);
  return [
    has("moved") ? "To overwrite rows that were changed again since, add --yes." : "",
    has("choose-side") ? "Where both sides' values lost, add --side a or --side b." : "",
  ]
    .filter((text) => text !== "")
    .join(" ");
}
