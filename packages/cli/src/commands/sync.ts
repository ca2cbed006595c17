import type { LineageChoice, Pair, ScanChoice } from "@sync/core";
import type { ManagerSyncOptions } from "@sync/manager";
import { SyncError, isSyncError } from "@sync/model";
import type { ConflictOutcome, Direction, SyncReport } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { askPermission, canAsk } from "../guard.ts";
import type { Permission } from "../guard.ts";
import { jsonText } from "../output/json.ts";
import { collectOutcomes } from "../output/outcomes.ts";
import type { Outcomes } from "../output/outcomes.ts";
import { parkedText } from "../output/conflict-text.ts";
import type { RunResult } from "../output/run-result.ts";
import { syncText } from "../output/sync-text.ts";
import { openPageOutput } from "../page-output.ts";
import type { PageOutput } from "../page-output.ts";
import type { Terminal } from "../output/terminal.ts";
import { createProgressReporter } from "../progress.ts";
import type { ProgressMode } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface SyncCommandOptions {
  /** A name, a chain of names, a package `sync-resolver-*` or a file. */
  readonly policy?: string;
  readonly dryRun?: true;
  /** Percent. */
  readonly maxDelete?: number;
  readonly create?: true;
  readonly lineage?: LineageChoice;
  readonly direction?: Direction;
  /** A mirror may overwrite. */
  readonly yes?: true;
  readonly base?: string;
  readonly out?: string;
  readonly table?: readonly string[];
  readonly scan?: ScanChoice;
  readonly quiet?: true;
  readonly progress: ProgressMode;
  readonly json?: true;
  /** A file for a page, or `-` for stdout. */
  readonly html?: string;
}

/** `dbsync sync A B`: a conflict that waits for a decision is a finding. */
export async function sync(
  session: Session,
  pair: Pair,
  options: SyncCommandOptions,
): Promise<Outcome> {
  const { html, json, quiet } = options;
  const { terminal } = session;
  const page = html === undefined ? null : await openPageOutput(session, html, options);
  // A page is written after the text about the run.
  if (page?.isPrinted === false) terminal.outliveReader();
  const run = await runUntilAllowed(session, pair, options);
  const result = { ...run, pair, options };
  if (json !== true && page?.isPrinted !== true) await printRun(terminal, result);
  if (page !== null) await writeRunPage(page, result);
  // Last, so that stdout is one document even where the page could not be written.
  if (json === true) await terminal.print(jsonText(run.report, 2));
  else if (page?.isPrinted === false && quiet !== true) await terminal.print(page.place);
  return run.report.conflicts.parked > 0 ? "findings" : "clean";
}

async function writeRunPage(
  page: PageOutput,
  { report, conflicts, pair }: Run & { pair: Pair },
): Promise<void> {
  const { runPage } = await import("@sync/report");
  try {
    await page.write(runPage(report, conflicts, pair));
  } catch (error) {
    if (!isSyncError(error) || report.dryRun) throw error;
    const { code, next, details } = error;
    throw new SyncError(code, `${error.message} The run itself is done.`, {
      cause: error,
      next,
      details,
    });
  }
}

/** Prints what a run did; with `--quiet` only what waits for a decision. */
export async function printRun(
  terminal: Terminal,
  result: RunResult & { readonly options: SyncCommandOptions },
): Promise<void> {
  if (result.options.quiet !== true) await terminal.print(await syncText(result, terminal));
  else if (result.report.conflicts.parked > 0) await terminal.print(parkedText(result, terminal));
}

/** What a run gave, and what became of its conflicts. */
export interface Run {
  readonly report: SyncReport;
  readonly outcomes: Outcomes;
  /** All of them where a page wants them, else none. */
  readonly conflicts: readonly ConflictOutcome[];
}

/** Runs, and where a guard stops the run and somebody is there to ask, asks and runs again. */
export async function runUntilAllowed(
  session: Session,
  pair: Pair,
  options: SyncCommandOptions,
): Promise<Run> {
  const mayAsk = options.json !== true && options.quiet !== true;
  try {
    return await runOnce(session, pair, options);
  } catch (error) {
    if (!mayAsk || !isSyncError(error) || !canAsk(error, session.terminal)) throw error;
    const permission = await askPermission(error);
    if (permission === null) throw error;
    return runUntilAllowed(session, pair, { ...options, ...commandOptionsOf(permission) });
  }
}

function commandOptionsOf(permission: Permission): Partial<SyncCommandOptions> {
  const { maxDeletePercent, lineage, confirmed } = permission;
  return {
    ...(maxDeletePercent === undefined ? {} : { maxDelete: maxDeletePercent }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(confirmed === true ? { yes: true } : {}),
  };
}

async function runOnce(session: Session, pair: Pair, options: SyncCommandOptions): Promise<Run> {
  const progress = createProgressReporter(progressMode(options), session.terminal);
  const { outcomes, onConflict } = collectOutcomes();
  const conflicts: ConflictOutcome[] = [];
  const call: ManagerSyncOptions = {
    ...(await callOptionsOf(session, options)),
    signal: session.signal,
    onProgress: progress.onProgress,
    onConflict: (outcome) => {
      onConflict(outcome);
      if (options.html !== undefined) conflicts.push(outcome);
    },
  };
  try {
    const report = await withManager(session, async (manager) => manager.sync(pair, call));
    if (!report.dryRun && options.out === undefined) await wakeWatcher(session, pair);
    return { report, outcomes, conflicts };
  } finally {
    progress.stop();
  }
}

/** A watcher that paused this pair has not heard of what was allowed here. */
async function wakeWatcher(session: Session, pair: Pair): Promise<void> {
  const { resumePair } = await import("../daemon/resume-pair.ts");
  await resumePair((await session.config()).settings.stateDir, {
    a: session.path(pair.a),
    b: session.path(pair.b),
  });
}

/** `--quiet` takes the bar away, but not what a program asked for. */
function progressMode({ progress, quiet }: SyncCommandOptions): ProgressMode {
  return quiet === true && progress === "auto" ? "none" : progress;
}

/** What is not said here is left to the pair's settings. */
async function callOptionsOf(
  session: Session,
  options: SyncCommandOptions,
): Promise<ManagerSyncOptions> {
  const { policy, table, maxDelete, lineage, direction, base, out } = options;
  const { loadPolicy } = await import("@sync/resolvers/load");
  return {
    dryRun: options.dryRun === true,
    create: options.create === true,
    confirmed: options.yes === true,
    ...(direction === undefined ? {} : { direction }),
    ...(policy === undefined
      ? {}
      : { policy: await loadPolicy(policy, { from: session.path(".") }) }),
    ...(table === undefined ? {} : { tables: table }),
    ...(maxDelete === undefined ? {} : { maxDeletePercent: maxDelete }),
    ...(options.scan === undefined ? {} : { scan: options.scan }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(base === undefined ? {} : { base: session.path(base) }),
    ...(out === undefined ? {} : { out: session.path(out) }),
  };
}
