import type { HandOutcome, Pair, ResolveReport } from "@sync/core";
import { keyToText } from "@sync/model";
import { sidesText } from "./inbox-text.ts";
import type { Terminal } from "./terminal.ts";
import { count, printableName, sentence, wrap } from "./text.ts";

/** What became of decisions, a line each, and what still waits. */
export function resolveText({ rows, open }: ResolveReport, pair: Pair, terminal: Terminal): string {
  const { colors, width } = terminal;
  const lines = rows.map((row) => outcomeLine(row, terminal));
  const rest =
    open === 0
      ? colors.green("No conflict waits any more.")
      : wrap(
          `${count(open, "conflict waits", "conflicts wait")}: \`dbsync conflicts ${sidesText(pair)}\``,
          width,
        );
  return [...lines, rest].join("\n");
}

/** What became of one decision. */
export function outcomeLine(
  { id, table, key, outcome, reason }: HandOutcome,
  terminal: Terminal,
): string {
  const { colors, width } = terminal;
  const name = table === null || key === null ? "" : ` ${printableName(table)} ${keyToText(key)}`;
  switch (outcome) {
    case "done":
      return colors.green(
        wrap(`#${id}${name}: decided, both sides hold the same.`, width, "", "  "),
      );
    case "refused": {
      const why = sentence(printableName(reason));
      return colors.red(
        wrap(`#${id}${name}: not done. ${why} Both sides are as they were.`, width, "", "  "),
      );
    }
    case "missing":
      return colors.yellow(wrap(`#${id}: ${sentence(reason)}`, width, "", "  "));
  }
}
