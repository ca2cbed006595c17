import type { DiffReport, RowDiff } from "@sync/model";
import { legendHtml } from "../frame/legend.ts";
import { pageEnd, pageStart } from "../frame/page.ts";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { count, listText, numberText, timeText } from "../html/words.ts";
import { limitsOf, namesOfSides } from "../options.ts";
import type { PageOptions } from "../options.ts";
import { inPieces } from "../pieces.ts";
import { sectionsOf } from "../rows/sections.ts";
import { changedRows } from "./changed-rows.ts";
import { answerText, countsText, differingRows, tablesHtml } from "./diff-summary.ts";
import { oneSidedRows } from "./one-sided-rows.ts";

/**
 * A comparison as one HTML page: what was compared and when, the answer in a sentence, the counts of each
 * table, and every row that differs. Pieces come as the rows come; memory does not grow with their number.
 *
 * @param report - what `diff` of the engine gave
 * @param rows - what `diffRows` of the engine gives; without them the page has the counts alone
 * @example
 * ```ts
 * import { DatabaseSynchronizationEngine } from "@sync/core";
 * import { diffPage, writePage } from "@sync/report";
 *
 * const engine = new DatabaseSynchronizationEngine();
 * const pair = { a: "laptop.sqlite", b: "desktop.sqlite" };
 * await writePage("report.html", diffPage(await engine.diff(pair), engine.diffRows(pair)));
 * await engine.close();
 * ```
 */
export function diffPage(
  report: DiffReport,
  rows: AsyncIterable<RowDiff> | Iterable<RowDiff>,
  options: PageOptions = {},
): AsyncIterable<string> {
  return inPieces(parts(report, rows, options));
}

async function* parts(
  report: DiffReport,
  rows: AsyncIterable<RowDiff> | Iterable<RowDiff>,
  options: PageOptions,
): AsyncGenerator<Markup> {
  const { timeMs, maxRows, values } = limitsOf(options);
  const kinds = [
    changedRows(namesOfSides(report), values),
    oneSidedRows("a", values),
    oneSidedRows("b", values),
  ];
  const ids = new Map(report.tables.map(({ table }, index) => [table, `table-${index + 1}`]));
  const idOf = (table: string): string => ids.get(table) ?? "table-0";
  const total = report.tables.reduce((sum, table) => sum + differingRows(table), 0);
  yield pageStart({
    title: titleOf(report),
    answer: answerText(report),
    facts: factsOf(report, timeMs),
    summary: markup`${tablesHtml(report, idOf)}${total > maxRows ? tooManyRows(total, maxRows) : NOTHING}`,
    kinds: report.same ? [] : kinds.map(({ title }) => title),
    legend: report.same ? NOTHING : legendHtml(),
  });
  yield* sectionsOf(rows, {
    kinds,
    open: (table) => sectionStart(report, table, idOf(table)),
    counted: new Map(report.tables.map((table) => [table.table, differingRows(table)])),
    unlike: changedMeanwhile,
    shapeOf: ({ a, b }) => JSON.stringify(Object.keys(a ?? b ?? {})),
    maxRows,
  });
  yield pageEnd({ timeMs, notes: scanNotes(report) });
}

function titleOf(report: DiffReport): Markup {
  const [a, b] = namesOfSides(report);
  const what = report.same ? "No difference" : "Differences";
  return markup`${what} between ${visibleText(a)} and ${visibleText(b)}`;
}

function factsOf({ a, b }: DiffReport, timeMs: number): [Markup, Markup][] {
  return [
    [markup`<span class="side a">a</span>`, visibleText(a)],
    [markup`<span class="side b">b</span>`, visibleText(b)],
    [markup`compared`, markup`${timeText(timeMs)}`],
  ];
}

function sectionStart({ tables }: DiffReport, table: string, id: string): Markup {
  const counts = tables.find((one) => one.table === table);
  const text =
    counts === undefined ? "This table was not there when rows were counted." : countsText(counts);
  return markup`<section class="table" aria-labelledby="${id}"><h2 id="${id}">${visibleText(table)}</h2><p class="quiet">${text}</p>`;
}

/** Rows are counted first and read afterwards; the page's head says that there is such a note. */
function changedMeanwhile(shown: number, counted: number): Markup {
  return markup`<p class="note moved"><strong>A database changed while this page was made:</strong> ${count(counted, "row")} ${counted === 1 ? "was" : "were"} counted here, and ${numberText(shown)} ${shown === 1 ? "was" : "were"} found when they were read.</p>`;
}

function tooManyRows(total: number, maxRows: number): Markup {
  return markup`<p class="note"><strong>This page shows the first ${count(maxRows, "row")} of ${count(total, "row")} that differ</strong>, so that it can be opened. <code>dbsync diff --ndjson</code> and <code>dbsync diff --sql</code> give all of them; <code>--table</code> chooses.</p>\n`;
}

/** How differences were found, for who doubts them. */
function scanNotes({ scan }: DiffReport): string[] {
  const how =
    scan.method === "full"
      ? "Every row was compared."
      : `Both files were read page by page (${count(scan.pages, "page")}), and ${count(scan.candidates, "row")} that may differ were compared.`;
  const tables = scan.notKnown.map(({ table }) => table ?? "all tables");
  return tables.length === 0 ? [how] : [`${how} Every row was compared in ${listText(tables)}.`];
}
