import type { Direction, SyncReport, TableSync, WriteCounts } from "@sync/model";
import { decidedText, keptText, parkedText } from "./conflict-text.ts";
import { renumberedText } from "./renumbered-text.ts";
import type { RunResult } from "./run-result.ts";
import { tableText } from "./table.ts";
import type { Colors, Terminal } from "./terminal.ts";
import { count, durationText, numberText, wrap } from "./text.ts";

/** What a run did: a line for each table it touched, each conflict, and how the pair stands now. */
export async function syncText(result: RunResult, terminal: Terminal): Promise<string> {
  const { report, pair, outcomes } = result;
  const { colors, width } = terminal;
  const isIdleRun = report.tables.every((table) => isIdle(table));
  const blocks = [`${colors.bold("a")}  ${pair.a}\n${colors.bold("b")}  ${pair.b}`];
  if (!isIdleRun) blocks.push(await changesTable(report.tables.filter(isListed), terminal));
  blocks.push(keptText(outcomes, report, terminal));
  blocks.push(decidedText(outcomes, report, terminal), parkedText(result, terminal));
  blocks.push(renumberedText(report.renumbered, pair, terminal));
  blocks.push(report.notices.map((notice) => wrap(`Note: ${notice}`, width, "", "  ")).join("\n"));
  blocks.push(wrap(standing(result, isIdleRun).join("\n"), width));
  return blocks.filter((block) => block !== "").join("\n\n");
}

async function changesTable(tables: readonly TableSync[], terminal: Terminal): Promise<string> {
  const { colors, width } = terminal;
  const head = ["table", "→ a", "→ b", "agreed", "merged", "resolved", "held", "parked"];
  const rows = tables.map((table) => [
    table.table,
    writesText(table.toA, colors),
    writesText(table.toB, colors),
    cell(table.agreed, colors.dim),
    cell(table.merged, colors.green),
    cell(table.conflicts.resolved, colors.yellow),
    cell(table.held, colors.yellow),
    cell(table.conflicts.parked, colors.red),
  ]);
  const legend = colors.dim("+ inserted  ~ updated  − deleted");
  const shown = withoutEmptyColumns(head, rows, 3);
  return `${await tableText(shown, width, colors.dim)}\n${legend}`;
}

/** Columns from `first` on stand only where one of their cells says something. */
function withoutEmptyColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  first: number,
): { head: string[]; rows: string[][] } {
  const isShown = (index: number): boolean =>
    index < first || rows.some((row) => row[index] !== NOTHING);
  return {
    head: head.filter((_, index) => isShown(index)),
    rows: rows.map((row) => row.filter((_, index) => isShown(index))),
  };
}

const NOTHING = "·";

/** `+2 ~1 −3`. */
function writesText({ inserted, updated, deleted }: WriteCounts, colors: Colors): string {
  const parts = [
    inserted === 0 ? "" : colors.green(`+${numberText(inserted)}`),
    updated === 0 ? "" : colors.yellow(`~${numberText(updated)}`),
    deleted === 0 ? "" : colors.red(`−${numberText(deleted)}`),
  ].filter((part) => part !== "");
  return parts.length === 0 ? NOTHING : parts.join(" ");
}

function cell(rows: number, paint: (text: string) => string): string {
  return rows === 0 ? NOTHING : paint(numberText(rows));
}

/** How the pair stands after the run, in sentences. */
function standing(result: RunResult, isIdleRun: boolean): string[] {
  const { report, options, pair } = result;
  const took = `(${durationText(report.durationMs)})`;
  if (report.dryRun) {
    const what = isIdleRun ? "There is nothing to do." : "This is what a run would do.";
    return [`Dry run: nothing was written. ${what} ${took}`];
  }
  if (options.out !== undefined) {
    const rest = report.conflicts.parked > 0 ? ` Rows in conflict are as in ${pair.a}.` : "";
    return [`The merged database is ${options.out}; both sides are as they were.${rest} ${took}`];
  }
  const first = report.firstRun && !isIdleRun ? firstRunText(report.direction) : [];
  return [...first, `${agreement(result, isIdleRun)} ${took}`];
}

const FIRST_RUN =
  "This pair's first run: the rows of both sides come together, nothing is deleted.";

function firstRunText(direction: Direction): string[] {
  if (direction === "two-way") return [FIRST_RUN];
  if (direction === "mirror") return [];
  const [from, to] = direction === "a-to-b" ? ["a", "b"] : ["b", "a"];
  return [`This pair's first run: what only ${from} has goes to ${to}, nothing is deleted.`];
}

/** In one direction: what the target changed itself is not in step, and is meant not to be. */
function directedText(report: SyncReport, held: number, isIdleRun: boolean): string {
  const [from, to] = report.direction === "b-to-a" ? ["b", "a"] : ["a", "b"];
  const [rows, stay] = held === 1 ? ["the row", "stays"] : [`the ${numberText(held)} rows`, "stay"];
  const text = `${to} has what ${from} changed, except in ${rows} that ${to} changed itself and that ${stay} there.`;
  return isIdleRun ? `Nothing to do: ${text}` : text;
}

function agreement({ report, options }: RunResult, isIdleRun: boolean): string {
  const { parked } = report.conflicts;
  const held = report.tables.reduce((sum, table) => sum + table.held + table.filtered, 0);
  const scope = options.table === undefined ? "" : " in the chosen tables";
  if (parked > 0) {
    const rows = parked === 1 ? "the row that waits" : `the ${numberText(parked)} rows that wait`;
    if (isIdleRun) return "Nothing else to do: both sides are in step apart from that.";
    const others = held === 0 ? "" : `, and for ${count(held, "row")} that stayed on one side`;
    return `Both sides are equal${scope}, except for ${rows}${others}.`;
  }
  if (held > 0 && report.direction !== "two-way") return directedText(report, held, isIdleRun);
  if (held > 0) return `Both sides are in step${scope}; ${count(held, "row")} stayed on one side.`;
  if (isIdleRun) return `Nothing to do: both sides are in step${scope}.`;
  return `Both sides are equal${scope}.`;
}

/** The run did nothing with the table's rows, except to leave alone what waits for a decision. */
function isIdle({ copied, agreed, merged, conflicts }: TableSync): boolean {
  return copied + agreed + merged + conflicts.resolved === 0;
}

function isListed(table: TableSync): boolean {
  return !isIdle(table) || table.held + table.filtered + table.conflicts.parked > 0;
}
