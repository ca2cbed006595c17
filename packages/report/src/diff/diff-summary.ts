import type { DiffReport, TableDiff } from "@sync/model";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { count, listText, numberText } from "../html/words.ts";

/** Rows of a table that differ. */
export function differingRows({ onlyInA, onlyInB, changed }: TableDiff): number {
  return onlyInA + onlyInB + changed;
}

/** The answer in a sentence or two. */
export function answerText({ same, tables }: DiffReport): string {
  if (tables.length === 0) return "There is no table to compare.";
  const rows = sum(tables, "same");
  if (same) {
    return `No difference: both hold the same rows (${count(tables.length, "table")}, ${count(rows, "row")}).`;
  }
  const parts = [
    countUnlessZero(sum(tables, "changed"), "changed"),
    countUnlessZero(sum(tables, "onlyInA"), "only in a"),
    countUnlessZero(sum(tables, "onlyInB"), "only in b"),
  ].filter((part) => part !== "");
  const equal = tables.filter((table) => differingRows(table) === 0).length;
  const rest = equal === 0 ? "" : ` ${count(equal, "table holds", "tables hold")} the same rows.`;
  return `They differ: ${listText(parts)}.${rest}`;
}

/** What was counted of one table, below its heading. */
export function countsText({ onlyInA, onlyInB, changed, same }: TableDiff): string {
  const parts = [
    changed === 0 ? "" : `${numberText(changed)} changed`,
    onlyInA === 0 ? "" : `${numberText(onlyInA)} only in a`,
    onlyInB === 0 ? "" : `${numberText(onlyInB)} only in b`,
    `${numberText(same)} the same`,
  ].filter((part) => part !== "");
  return parts.join(" · ");
}

/** The table of tables: those that differ with links to their sections, the others folded away. */
export function tablesHtml({ tables }: DiffReport, idOf: (table: string) => string): Markup {
  const differing = tables.filter((table) => differingRows(table) > 0);
  const equal = tables.filter((table) => differingRows(table) === 0);
  return markup`${differing.length === 0 ? NOTHING : differingTable(differing, idOf)}${equalTables(equal)}`;
}

function differingTable(tables: readonly TableDiff[], idOf: (table: string) => string): Markup {
  const rows = tables.map(
    ({ table, onlyInA, onlyInB, changed, same }) =>
      markup`<tr><th scope="row"><a href="#${idOf(table)}">${visibleText(table)}</a></th>${numberCell(changed)}${numberCell(onlyInA)}${numberCell(onlyInB)}<td class="n quiet">${numberText(same)}</td></tr>\n`,
  );
  const total = markup`<tfoot><tr><th scope="row">all of them</th>${numberCell(sum(tables, "changed"))}${numberCell(sum(tables, "onlyInA"))}${numberCell(sum(tables, "onlyInB"))}<td class="n quiet">${numberText(sum(tables, "same"))}</td></tr></tfoot>`;
  return markup`<div class="wide" role="group" aria-label="Rows that differ, by table" tabindex="0">
<table class="tables"><caption>Rows that differ, by table</caption>
<thead><tr><th scope="col">table</th>
<th scope="col" class="n">changed</th><th scope="col" class="n">only in <span class="side a">a</span></th><th scope="col" class="n">only in <span class="side b">b</span></th><th scope="col" class="n">the same</th></tr></thead>
<tbody>${rows}</tbody>${tables.length > 1 ? total : NOTHING}</table>
</div>\n`;
}

function equalTables(tables: readonly TableDiff[]): Markup {
  if (tables.length === 0) return NOTHING;
  const items = tables.map(
    ({ table, same }) =>
      markup`<li>${visibleText(table)} <small>${count(same, "row")}</small></li>\n`,
  );
  const title = count(tables.length, "table holds", "tables hold");
  return markup`<details class="equal"><summary>${title} the same rows</summary><ul>${items}</ul></details>\n`;
}

function numberCell(rows: number): Markup {
  return rows === 0
    ? markup`<td class="n quiet">0</td>`
    : markup`<td class="n">${numberText(rows)}</td>`;
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
