import type { Pair } from "@sync/core";
import type { DiffReport, TableDiff } from "@sync/model";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { count, listText, numberText, wrap } from "./text.ts";

/** The two databases, then a line for each table that differs; nothing more where none does. */
export async function diffTable(
  report: DiffReport,
  pair: Pair,
  terminal: Terminal,
): Promise<string> {
  const { colors, width } = terminal;
  const sides = `${colors.bold("a")}  ${pair.a}\n${colors.bold("b")}  ${pair.b}\n`;
  const differing = report.tables.filter((table) => !isSame(table));
  if (differing.length === 0) return sides;
  const head = ["table", "only in a", "only in b", "changed", "same"];
  const rows = differing.map((table) => [
    table.table,
    cell(table.onlyInA, colors.cyan),
    cell(table.onlyInB, colors.magenta),
    cell(table.changed, colors.yellow),
    colors.dim(numberText(table.same)),
  ]);
  return `${sides}\n${await tableText({ head, rows }, width, colors.dim)}\n`;
}

/** The difference in a sentence or two. */
export function diffSummary(report: DiffReport, terminal: Terminal): string {
  const { colors, width } = terminal;
  const rows = sum(report.tables, "same");
  if (report.tables.length === 0) return "There is no table to compare.";
  if (report.same) {
    const size = `${count(report.tables.length, "table")}, ${count(rows, "row")}`;
    return colors.green(`No difference: both hold the same rows (${size}).`);
  }
  const parts = [
    countUnlessZero(sum(report.tables, "onlyInA"), "only in a"),
    countUnlessZero(sum(report.tables, "onlyInB"), "only in b"),
    countUnlessZero(sum(report.tables, "changed"), "changed"),
  ].filter((part) => part !== "");
  const same = report.tables.filter((table) => isSame(table)).length;
  const rest = same === 0 ? "" : ` ${count(same, "table holds", "tables hold")} the same rows.`;
  return wrap(`They differ: ${listText(parts)}.${rest}`, width);
}

function cell(rows: number, paint: (text: string) => string): string {
  return rows === 0 ? "·" : paint(numberText(rows));
}

function countUnlessZero(rows: number, what: string): string {
  return rows === 0 ? "" : `${count(rows, "row")} ${what}`;
}

function sum(
  tables: readonly TableDiff[],
  what: "onlyInA" | "onlyInB" | "changed" | "same",
): number {
  return tables.reduce((total, table) => total + table[what], 0);
}

function isSame({ onlyInA, onlyInB, changed }: TableDiff): boolean {
  return onlyInA + onlyInB + changed === 0;
}
