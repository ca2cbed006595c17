import type { LineageChoice, Pair, SyncOptions } from "@sync/core";
import { isSyncError } from "@sync/model";
import type { SyncReport } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { askPermission, canAsk } from "../guard.ts";
import type { Permission } from "../guard.ts";
import { jsonText } from "../output/json.ts";
import { collectOutcomes } from "../output/outcomes.ts";
import type { Outcomes } from "../output/outcomes.ts";
import { parkedText } from "../output/conflict-text.ts";
import { syncText } from "../output/sync-text.ts";
import { createProgressReporter } from "../progress.ts";
import type { ProgressMode } from "../progress.ts";
import { withEngine } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface SyncCommandOptions {
  /** A name, a chain of names, a package `sync-resolver-*` or a file. */
  readonly policy: string;
  readonly dryRun?: true;
  /** Percent. */
  readonly maxDelete?: number;
  readonly create?: true;
  readonly lineage?: LineageChoice;
  readonly base?: string;
  readonly out?: string;
  readonly table?: readonly string[];
  readonly quiet?: true;
  readonly progress: ProgressMode;
  readonly json?: true;
}

/** `dbsync sync A B`: a conflict that waits for a decision is a finding. */
export async function sync(
  session: Session,
  pair: Pair,
  options: SyncCommandOptions,
): Promise<Outcome> {
  const { terminal } = session;
  const { report, outcomes } = await runUntilAllowed(session, pair, options);
  if (options.json === true) {
    await terminal.print(jsonText(report, 2));
  } else if (options.quiet !== true) {
    await terminal.print(await syncText({ report, outcomes, pair, options }, terminal));
  } else if (report.conflicts.parked > 0) {
    await terminal.print(parkedText({ report, outcomes, pair, options }, terminal));
  }
  return report.conflicts.parked > 0 ? "findings" : "clean";
}

interface Run {
  readonly report: SyncReport;
  readonly outcomes: Outcomes;
}

/** Runs, and where a guard stops the run and somebody is there to ask, asks and runs again. */
async function runUntilAllowed(
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

function commandOptionsOf({ maxDeletePercent, lineage }: Permission): Partial<SyncCommandOptions> {
  return {
    ...(maxDeletePercent === undefined ? {} : { maxDelete: maxDeletePercent }),
    ...(lineage === undefined ? {} : { lineage }),
  };
}

async function runOnce(session: Session, pair: Pair, options: SyncCommandOptions): Promise<Run> {
  const { loadPolicy } = await import("@sync/resolvers/load");
  const progress = createProgressReporter(progressMode(options), session.terminal);
  const { outcomes, onConflict } = collectOutcomes();
  const engineOptions: SyncOptions = {
    ...engineOptionsOf(session, options),
    policy: await loadPolicy(options.policy, { from: session.path(".") }),
    signal: session.signal,
    onProgress: progress.onProgress,
    onConflict,
  };
  try {
    const report = await withEngine(async (engine) => engine.sync(pair, engineOptions));
    return { report, outcomes };
  } finally {
    progress.stop();
  }
}

/** `--quiet` takes the bar away, but not what a program asked for. */
function progressMode({ progress, quiet }: SyncCommandOptions): ProgressMode {
  return quiet === true && progress === "auto" ? "none" : progress;
}

function engineOptionsOf(session: Session, options: SyncCommandOptions): SyncOptions {
  const { table, maxDelete, lineage, base, out } = options;
  return {
    dryRun: options.dryRun === true,
    create: options.create === true,
    ...(table === undefined ? {} : { tables: table }),
    ...(maxDelete === undefined ? {} : { maxDeletePercent: maxDelete }),
    ...(lineage === undefined ? {} : { lineage }),
    ...(base === undefined ? {} : { base: session.path(base) }),
    ...(out === undefined ? {} : { out: session.path(out) }),
  };
}
