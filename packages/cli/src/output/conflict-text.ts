import type { Pair } from "@sync/core";
import { keyToText, pathForShell } from "@sync/model";
import type { ConflictKind, ConflictOutcome, SyncReport } from "@sync/model";
import type { Outcomes } from "./outcomes.ts";
import type { RunResult } from "./run-result.ts";
import type { Terminal } from "./terminal.ts";
import { count, listText, numberText, printableName, sentence, wrap } from "./text.ts";

const KINDS: Readonly<Record<ConflictKind, string>> = {
  "update/update": "both sides changed",
  "insert/insert": "both sides have it, with different values in",
  "update/delete": "changed on one side, deleted on the other",
  unique: "its copy would break a UNIQUE constraint",
  "foreign-key": "carrying it over would leave a reference to a row that does not exist",
  check: "its copy would break a CHECK constraint",
  "not-null": "its copy would be NULL where that is not allowed",
  type: "its copy would have a type that is not allowed",
};

/** Which value won, and which lost, for each conflict that the policy decided; `""` for none. */
export function decidedText(outcomes: Outcomes, report: SyncReport, terminal: Terminal): string {
  const { colors, width } = terminal;
  const shown = [...outcomes.lost, ...outcomes.resolved].slice(0, 20);
  if (shown.length === 0) return "";
  const total = outcomes.lostCount + outcomes.resolvedCount;
  const verb = report.dryRun ? "would be decided" : total === 1 ? "was decided" : "were decided";
  const title = `${count(total, "conflict")} ${verb}${policiesOf(shown)}:`;
  const lines = shown.map((one) => wrap(`- ${decidedLine(one)}`, width, "", "  "));
  const kept = outcomes.lostCount === 0 || report.dryRun ? [] : [keptSentence(outcomes.lostCount)];
  const rest = [...moreThan(shown, total), ...kept.map((text) => wrap(text, width))];
  return [colors.yellow(wrap(title, width)), ...lines, ...rest].join("\n");
}

/** Rows of the target that a run in one direction did not overwrite; `""` for none. */
export function keptText(
  { kept, keptCount }: Outcomes,
  { dryRun, direction }: SyncReport,
  { colors, width }: Terminal,
): string {
  if (kept.length === 0) return "";
  const target = direction === "b-to-a" ? "a" : "b";
  const verb = dryRun ? "would be kept" : keptCount === 1 ? "is kept" : "are kept";
  const title = `${count(keptCount, "row")} that both sides changed ${verb} as ${target} has ${keptCount === 1 ? "it" : "them"}:`;
  const lines = kept.map(({ table, key, disputed }) => {
    const what = disputed.length === 0 ? "" : `, ${columnList(disputed)}`;
    return wrap(`- ${printableName(table)} ${keyToText(key)}${what}`, width, "", "  ");
  });
  return [colors.yellow(wrap(title, width)), ...lines, ...moreThan(kept, keptCount)].join("\n");
}

/** What waits for a person, and how it can be decided; `""` for nothing. */
export function parkedText(
  { report, outcomes, pair, options }: RunResult,
  terminal: Terminal,
): string {
  const { parked } = report.conflicts;
  if (parked === 0) return "";
  const { colors, width } = terminal;
  const verb = report.dryRun ? "would wait" : parked === 1 ? "waits" : "wait";
  const title = `${count(parked, "conflict")} ${verb} for your decision:`;
  const lines = outcomes.parked.map((one) => wrap(`- ${parkedLine(one)}`, width, "", "  "));
  lines.push(...moreThan(outcomes.parked, outcomes.parkedCount));
  // With --table, what waits in the other tables is in the inbox, but was not looked at.
  const elsewhere = parked - outcomes.parkedCount;
  if (elsewhere > 0) lines.push(`- ${numberText(elsewhere)} from earlier runs, in other tables`);
  const text = wrap(wayToDecide(pair, options, report.dryRun), width);
  return [colors.red(wrap(title, width)), ...lines, text].join("\n");
}

/** A restored side's stale values are decided without asking the run's policy. */
function policiesOf(outcomes: readonly ConflictOutcome[]): string {
  const names = [...new Set(outcomes.map(({ policy }) => printableName(policy)))];
  return ` by ${listText(names)}`;
}

function decidedLine({ table, key, disputed, kind, winner, reason }: ConflictOutcome): string {
  const what = kind === "update/update" ? `, ${columnList(disputed)}` : "";
  const won = winner === null ? "" : ` ${winner} won.`;
  return `${printableName(table)} ${keyToText(key)}${what}:${won} ${reasonText(reason)}`;
}

function parkedLine({ table, key, kind, disputed, reason }: ConflictOutcome): string {
  const columns =
    kind === "update/update" || kind === "insert/insert" ? ` ${columnList(disputed)}` : "";
  return `${printableName(table)} ${keyToText(key)}: ${KINDS[kind]}${columns}. ${reasonText(reason)}`;
}

/** A reason comes from a policy, as its author wrote it. */
function reasonText(reason: string): string {
  return sentence(printableName(reason));
}

function columnList(columns: readonly string[]): string {
  return listText(columns.map((name) => printableName(name)));
}

function keptSentence(lost: number): string {
  return lost === 1
    ? "The value that lost is kept in the ledger."
    : "The values that lost are kept in the ledger.";
}

function moreThan(shown: readonly ConflictOutcome[], total: number): string[] {
  return total > shown.length ? [`… and ${numberText(total - shown.length)} more`] : [];
}

function wayToDecide({ a, b }: Pair, { out }: RunResult["options"], isTrial: boolean): string {
  if (isTrial) return "Each side would keep what it has.";
  if (out !== undefined) {
    return "Each side keeps what it has. To decide, run again with --policy prefer-a (or prefer-b) and another file for --out.";
  }
  const command = `dbsync conflicts ${pathForShell(a)} ${pathForShell(b)}`;
  return `Each side keeps what it has. To see more, and to decide:\n  ${command}`;
}
