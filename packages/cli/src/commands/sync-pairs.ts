import { SyncError, isSyncError } from "@sync/model";
import type { SyncReport } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import type { GivenPair } from "../operands.ts";
import { errorText } from "../output/error-text.ts";
import { jsonText } from "../output/json.ts";
import { listText } from "../output/text.ts";
import type { Session } from "../session.ts";
import { printRun, runUntilAllowed } from "./sync.ts";
import type { SyncCommandOptions } from "./sync.ts";

/** What `--json` says about one pair of several. */
type PairRun =
  | { readonly pair: string; readonly report: SyncReport }
  | { readonly pair: string; readonly error: SyncError };

/**
 * `dbsync sync` and `dbsync sync PAIR PAIR`: one after the other; one that fails does not keep the
 * others from theirs.
 *
 * @throws SyncError with the code of the first that failed, after all have run
 */
export async function syncPairs(
  session: Session,
  pairs: readonly GivenPair[],
  options: SyncCommandOptions,
): Promise<Outcome> {
  refuseOnePairOptions(options);
  session.terminal.outliveReader();
  const runs: PairRun[] = [];
  for (const given of pairs) {
    if (session.signal.aborted) break;
    runs.push(await runPair(session, given, options));
  }
  refuseFailed(runs);
  if (options.json === true) {
    await session.terminal.print(jsonText({ schemaVersion: 1, command: "sync", runs }, 2));
  }
  const hasParked = runs.some((run) => "report" in run && run.report.conflicts.parked > 0);
  return hasParked ? "findings" : "clean";
}

async function runPair(
  session: Session,
  { name, pair }: GivenPair,
  options: SyncCommandOptions,
): Promise<PairRun> {
  const { terminal } = session;
  const title = name ?? pair.a;
  const isSilent = options.json === true || options.quiet === true;
  if (!isSilent) await terminal.print(terminal.colors.bold(`— ${title} —`));
  try {
    const run = await runUntilAllowed(session, pair, options);
    if (options.json !== true) await printRun(terminal, { ...run, pair, options });
    if (!isSilent) await terminal.print("");
    return { pair: title, report: run.report };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    terminal.tell(errorText(error, terminal));
    return { pair: title, error };
  }
}

function refuseFailed(runs: readonly PairRun[]): void {
  const failed = runs.flatMap((run) => ("error" in run ? [run] : []));
  const [first] = failed;
  if (first === undefined) return;
  const names = listText(failed.map(({ pair }) => pair));
  throw new SyncError(
    first.error.code,
    `${failed.length} of ${runs.length} pairs failed: ${names}.`,
    {
      cause: first.error,
      next: "The reasons stand above; the other pairs are done.",
      details: { runs: runs.map((run) => documentOf(run)) },
    },
  );
}

function documentOf(run: PairRun): object {
  if ("report" in run) return run;
  const { code, message, next } = run.error;
  return { pair: run.pair, error: { code, message, next } };
}

function refuseOnePairOptions({ base, out, html }: SyncCommandOptions): void {
  if (base === undefined && out === undefined && html === undefined) return;
  throw new SyncError("SYNC_USAGE", "--base, --out and --html are for one pair.", {
    next: "Name the pair they are meant for.",
  });
}
