import type { DiffCallOptions, Pair, ScanChoice } from "@sync/core";
import type { Comparer } from "@sync/core/workers";
import type { DiffReport } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { diffSummary, diffTable } from "../output/diff-text.ts";
import { jsonText, rowDiffDocument } from "../output/json.ts";
import { rowDiffText } from "../output/row-text.ts";
import { prepareTable } from "../output/table.ts";
import { openPageOutput } from "../page-output.ts";
import type { PageOutput } from "../page-output.ts";
import { createProgressReporter } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface DiffCommandOptions {
  readonly rows?: true;
  readonly sql?: true;
  readonly json?: true;
  readonly ndjson?: true;
  /** A file for a page, or `-` for stdout. */
  readonly html?: string;
  readonly table?: readonly string[];
  readonly scan?: ScanChoice;
}

interface Work {
  readonly engine: Comparer;
  readonly session: Session;
  readonly pair: Pair;
  readonly call: DiffCallOptions;
}

/** `dbsync diff A B`: a difference is a finding. */
export async function diff(
  session: Session,
  pair: Pair,
  options: DiffCommandOptions,
): Promise<Outcome> {
  const isStream = options.sql === true || options.ndjson === true;
  const progress = createProgressReporter(isStream ? "none" : "auto", session.terminal);
  const call: DiffCallOptions = {
    signal: session.signal,
    onProgress: progress.onProgress,
    ...(options.table === undefined ? {} : { tables: options.table }),
    ...(options.scan === undefined ? {} : { scan: options.scan }),
  };
  try {
    const { html } = options;
    const page = html === undefined ? null : await openPageOutput(session, html, options);
    return await withComparer(session, async (engine) => {
      const work: Work = { engine, session, pair, call };
      if (options.sql === true) return printPatch(work);
      if (options.ndjson === true) return printRowDocuments(work);
      const comparing = engine.diff(pair, call);
      if (options.json !== true) prepareTable();
      const report = await comparing;
      if (page !== null) await writeDiffPage(work, report, page);
      progress.stop();
      if (page?.isPrinted !== true) await printReport(work, report, { ...options, page });
      return report.same ? "clean" : "findings";
    });
  } finally {
    progress.stop();
  }
}

async function printReport(
  work: Work,
  report: DiffReport,
  { json, rows, page }: { json?: true; rows?: true; page: PageOutput | null },
): Promise<void> {
  const { terminal } = work.session;
  if (json === true) {
    await terminal.print(jsonText(report, 2));
    return;
  }
  await terminal.print(await diffTable(report, work.pair, terminal));
  if (rows === true && !report.same) await printRows(work);
  await terminal.print(diffSummary(report, terminal));
  if (page !== null) await terminal.print(page.place);
}

/** The rows are read once more for it: what was counted stands above them. */
async function writeDiffPage(
  { engine, pair, call }: Work,
  report: DiffReport,
  page: PageOutput,
): Promise<void> {
  const { diffPage } = await import("@sync/report");
  await page.write(diffPage(report, report.same ? [] : engine.diffRows(pair, call)));
}

/** Without configured pairs there are no settings to find, and what was started early will do. */
async function withComparer<Result>(
  session: Session,
  use: (comparer: Comparer) => Promise<Result>,
): Promise<Result> {
  const comparer = session.prepared?.comparer ?? null;
  const { pairs } = (await session.config()).settings;
  return comparer !== null && pairs.length === 0 ? use(comparer) : withManager(session, use);
}

async function printPatch({ engine, session, pair, call }: Work): Promise<Outcome> {
  let outcome: Outcome = "clean";
  for await (const line of engine.diffPatch(pair, call)) {
    // A patch with nothing to do is a comment.
    if (!line.startsWith("--")) outcome = "findings";
    await session.terminal.print(line);
  }
  return outcome;
}

async function printRowDocuments({ engine, session, pair, call }: Work): Promise<Outcome> {
  let outcome: Outcome = "clean";
  for await (const row of engine.diffRows(pair, call)) {
    outcome = "findings";
    await session.terminal.print(jsonText(rowDiffDocument(row)));
  }
  return outcome;
}

/** Rows come table by table: each table's name stands above its rows. */
async function printRows({ engine, session, pair, call }: Work): Promise<void> {
  const { terminal } = session;
  let table: string | null = null;
  // The counting before has shown the bar; here the rows themselves are the progress.
  for await (const row of engine.diffRows(pair, { ...call, onProgress: () => undefined })) {
    await terminal.print(rowDiffText(row, terminal, { withTable: row.table !== table }));
    table = row.table;
  }
  await terminal.print("");
}
