import type { PairState } from "@sync/core/states";
import type { Terminal } from "./terminal.ts";
import { count, printableName, wrap } from "./text.ts";
import { timeText } from "./time-text.ts";

/** A pair a block: its databases, and what there is of it. */
export function statesText(
  states: readonly PairState[],
  stateDir: string,
  { colors, width }: Terminal,
): string {
  if (states.length === 0) return `Nothing is remembered in ${stateDir}.`;
  const blocks = states.map((state) => {
    const lines = [
      `${sideText(state.a)}\n${sideText(state.b)}`,
      colors.dim(wrap(factsText(state), width, "  ")),
      colors.dim(`  ${state.folder}`),
    ];
    if (!state.isThere && state.a !== null) {
      lines.push(colors.yellow("  not there any more: dbsync state move FROM TO, or forget"));
    }
    return lines.join("\n");
  });
  return blocks.join("\n\n");
}

function sideText(path: string | null): string {
  return path === null ? "(not known: run the pair once)" : printableName(path);
}

function factsText({ runs, openConflicts, ledgerEntries, lastChangeMs }: PairState): string {
  if (runs === null) return "cannot be read";
  const conflicts = count(openConflicts ?? 0, "open conflict");
  const entries = count(ledgerEntries ?? 0, "ledger entry", "ledger entries");
  return `${count(runs, "run")} that changed something, the last ${timeText(lastChangeMs)}; ${conflicts}; ${entries}`;
}
