import type { SyncReport, TableSync, WriteCounts } from "@sync/model";
import { keyToText } from "@sync/model";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { count, numberText, sentence } from "../html/words.ts";

/** How the pair stands after the run, in a sentence or two. */
export function standingText(report: SyncReport): string {
  const { dryRun, firstRun, tables } = report;
  const isIdle = tables.every((table) => isIdleTable(table));
  if (dryRun) {
    return isIdle
      ? "Dry run: nothing was written, and there is nothing to do."
      : "Dry run: nothing was written. This is what a run would do.";
  }
  const first =
    firstRun && !isIdle
      ? "The pair’s first run: the rows of both sides came together, nothing was deleted. "
      : "";
  return `${first}${agreementText(report, isIdle)}`;
}

function agreementText({ conflicts, tables }: SyncReport, isIdle: boolean): string {
  const { parked } = conflicts;
  const held = tables.reduce((sum, table) => sum + table.held + table.filtered, 0);
  if (parked > 0) {
    const rows = parked === 1 ? "1 row that waits" : `${numberText(parked)} rows that wait`;
    return isIdle
      ? `Nothing else to do: both sides are in step, except for ${rows} for a decision.`
      : `Both sides are equal, except for ${rows} for a decision.`;
  }
  if (held > 0) return `Both sides are in step; ${count(held, "row")} stayed on one side.`;
  return isIdle ? "Nothing to do: both sides are in step." : "Both sides are equal.";
}

/** What happened to each table that something happened to. */
export function runTablesHtml(
  { tables }: SyncReport,
  idOf: (table: string) => string | null,
): Markup {
  const busy = tables.filter(
    (table) => !isIdleTable(table) || table.held + table.filtered + table.conflicts.parked > 0,
  );
  if (busy.length === 0) return NOTHING;
  const rows = busy.map((table) => {
    const id = idOf(table.table);
    const name = visibleText(table.table);
    const title = id === null ? name : markup`<a href="#${id}">${name}</a>`;
    const numbers = COLUMNS.map(({ of }) => numberCell(of(table)));
    return markup`<tr><th scope="row">${title}</th><td class="n">${writesHtml(table.toA)}</td><td class="n">${writesHtml(table.toB)}</td>${numbers}</tr>\n`;
  });
  const heads = COLUMNS.map(({ title }) => markup`<th scope="col" class="n">${title}</th>`);
  return markup`<div class="wide" role="group" aria-label="What happened, by table" tabindex="0">
<table class="tables"><caption>What happened, by table</caption>
<thead><tr><th scope="col">table</th>
<th scope="col" class="n">to <span class="side a">a</span></th><th scope="col" class="n">to <span class="side b">b</span></th>${heads}</tr></thead>
<tbody>${rows}</tbody></table>
</div>
<p class="quiet">+ inserted, ~ updated, − deleted</p>\n`;
}

const COLUMNS: readonly { readonly title: string; readonly of: (table: TableSync) => number }[] = [
  { title: "agreed", of: ({ agreed }) => agreed },
  { title: "merged", of: ({ merged }) => merged },
  { title: "held", of: ({ held, filtered }) => held + filtered },
  { title: "resolved", of: ({ conflicts }) => conflicts.resolved },
  { title: "waiting", of: ({ conflicts }) => conflicts.parked },
];

/** What a person should know though nothing stopped, and rows that got another key. */
export function remarksHtml({ notices, renumbered }: SyncReport): Markup {
  const remarks = notices.map((notice) => markup`<li>${visibleText(sentence(notice))}</li>\n`);
  const moved = renumbered.map(
    ({ table, side, from, to }) =>
      markup`<li>${visibleText(table)} ${visibleText(keyToText(from))} of ${side} is now ${visibleText(keyToText(to))}</li>\n`,
  );
  return markup`${listHtml("Worth knowing", remarks)}${listHtml("Rows that got another key, since theirs had been given out twice", moved)}`;
}

function listHtml(title: string, items: readonly Markup[]): Markup {
  return items.length === 0
    ? NOTHING
    : markup`<details class="remarks" open><summary>${title}</summary><ul>${items}</ul></details>\n`;
}

function writesHtml({ inserted, updated, deleted }: WriteCounts): Markup {
  const parts = [
    inserted === 0 ? "" : `+${numberText(inserted)}`,
    updated === 0 ? "" : `~${numberText(updated)}`,
    deleted === 0 ? "" : `−${numberText(deleted)}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? markup`<span class="quiet">0</span>` : markup`${parts.join(" ")}`;
}

function numberCell(rows: number): Markup {
  return rows === 0
    ? markup`<td class="n quiet">0</td>`
    : markup`<td class="n">${numberText(rows)}</td>`;
}

function isIdleTable({ copied, agreed, merged, conflicts }: TableSync): boolean {
  return copied + agreed + merged + conflicts.resolved === 0;
}
