import { keyToText } from "@sync/model";
import type { Pair } from "@sync/core";
import type { Renumbered } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { count, numberText, wrap } from "./text.ts";

/** More than these are a listing, not news; the report in JSON has them all. */
const MAX_SHOWN = 10;

/** Rows that are kept under another key: whose they were, and where they are now. Empty where there are none. */
export function renumberedText(
  renumbered: readonly Renumbered[],
  pair: Pair,
  { colors, width }: Terminal,
): string {
  if (renumbered.length === 0) return "";
  const head = `${count(renumbered.length, "row")} kept under a fresh key, with all that points at ${renumbered.length === 1 ? "it" : "them"}:`;
  const lines = renumbered
    .slice(0, MAX_SHOWN)
    .map(
      ({ table, side, from, to }) =>
        `  ${table} ${keyToText(from)} of ${pair[side]} → ${keyToText(to)}`,
    );
  const rest = renumbered.length - lines.length;
  const more = rest > 0 ? [colors.dim(`  … and ${numberText(rest)} more`)] : [];
  return [wrap(head, width), ...lines, ...more].join("\n");
}
