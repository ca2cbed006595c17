import type { ConflictOutcome, SyncReport } from "@sync/model";
import { pageEnd, pageStart } from "../frame/page.ts";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { count, numberText, timeText } from "../html/words.ts";
import { limitsOf, namesOfSides } from "../options.ts";
import type { PageOptions } from "../options.ts";
import { inPieces } from "../pieces.ts";
import { sectionsOf } from "../rows/sections.ts";
import { outcomeKinds } from "./outcome-rows.ts";
import { remarksHtml, runTablesHtml, standingText } from "./run-summary.ts";

/** Which run it was. */
export interface RunPageOptions extends PageOptions {
  /** The databases, as the reader knows them. */
  readonly a: string;
  readonly b: string;
}

/**
 * A run as one HTML page: what was brought together, how the pair stands, what happened to each table, and
 * each conflict with who won and why.
 *
 * @param report - what `sync` of the engine gave
 * @param outcomes - what its `onConflict` heard, table by table
 */
export function runPage(
  report: SyncReport,
  outcomes: AsyncIterable<ConflictOutcome> | Iterable<ConflictOutcome>,
  options: RunPageOptions,
): AsyncIterable<string> {
  return inPieces(parts(report, outcomes, options));
}

async function* parts(
  report: SyncReport,
  outcomes: AsyncIterable<ConflictOutcome> | Iterable<ConflictOutcome>,
  options: RunPageOptions,
): AsyncGenerator<Markup> {
  const { timeMs, maxRows, values } = limitsOf(options);
  const kinds = outcomeKinds(values);
  const conflicts = new Map(
    report.tables.map((table) => [table.table, conflictsOf(table.conflicts)]),
  );
  const ids = new Map(report.tables.map(({ table }, index) => [table, `table-${index + 1}`]));
  const hasRows = [...conflicts.values()].some((rows) => rows > 0);
  const [a, b] = namesOfSides(options);
  yield pageStart({
    title: markup`${report.dryRun ? "Dry run" : "Run"} of ${visibleText(a)} and ${visibleText(b)}`,
    answer: standingText(report),
    facts: factsOf(report, options, timeMs),
    summary: markup`${runTablesHtml(report, (table) => ((conflicts.get(table) ?? 0) > 0 ? (ids.get(table) ?? null) : null))}${remarksHtml(report)}`,
    kinds: hasRows ? kinds.map(({ title }) => title) : [],
    legend: NOTHING,
  });
  yield* sectionsOf(outcomes, {
    kinds,
    open: (table) => sectionStart(table, ids.get(table) ?? "table-0", conflicts.get(table) ?? 0),
    counted: conflicts,
    unlike: (shown, counted) =>
      markup`<p class="note">${count(counted, "conflict")} of this table ${counted === 1 ? "was" : "were"} counted, ${numberText(shown)} ${shown === 1 ? "is" : "are"} listed here.</p>`,
    shapeOf: () => "",
    maxRows,
  });
  yield pageEnd({ timeMs, notes: [] });
}

function conflictsOf({ resolved, parked }: { resolved: number; parked: number }): number {
  return resolved + parked;
}

function factsOf(report: SyncReport, { a, b }: RunPageOptions, timeMs: number): [Markup, Markup][] {
  return [
    [markup`<span class="side a">a</span>`, visibleText(a)],
    [markup`<span class="side b">b</span>`, visibleText(b)],
    [markup`time`, markup`${timeText(timeMs)}, ${(report.durationMs / 1000).toFixed(2)} s`],
    [markup`policy`, visibleText(report.policy)],
    [markup`direction`, markup`${report.direction}`],
    [markup`run`, visibleText(report.runId)],
  ];
}

function sectionStart(table: string, id: string, conflicts: number): Markup {
  return markup`<section class="table" aria-labelledby="${id}"><h2 id="${id}">${visibleText(table)}</h2><p class="quiet">${count(conflicts, "conflict")}</p>`;
}
