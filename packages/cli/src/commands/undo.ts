import type { Pair, UndoReport, UndoTarget } from "@sync/core";
import type { SyncManager } from "@sync/manager";
import { SyncError } from "@sync/model";
import type { Side } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { sidesText } from "../output/inbox-text.ts";
import { jsonText, rowToJson } from "../output/json.ts";
import { count } from "../output/text.ts";
import { undoText } from "../output/undo-text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface UndoCommandOptions {
  readonly side?: Side;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

interface Undo {
  readonly session: Session;
  readonly manager: SyncManager;
  readonly pair: Pair;
  readonly options: UndoCommandOptions;
}

/** `dbsync undo RUN|ENTRY A B`: what could not be given back is a finding. */
export async function undo(
  session: Session,
  { pair, what }: { readonly pair: Pair; readonly what: string },
  options: UndoCommandOptions,
): Promise<Outcome> {
  const { terminal } = session;
  const report = await withManager(session, async (manager) => {
    const work = { session, manager, pair, options };
    const target = await targetOf(work, what);
    const first = await giveBack(work, target, {});
    return askFurther(work, target, first);
  });
  await terminal.print(
    options.json === true
      ? jsonText(undoDocument(report, pair), 2)
      : undoText(report, pair, terminal),
  );
  const isDone = report.entries.every(
    ({ outcome }) => outcome === "given-back" || outcome === "already",
  );
  return isDone ? "clean" : "findings";
}

/** All digits: an entry. `last`: the newest run in which anything lost. Else how a run's id begins. */
async function targetOf({ manager, pair, session }: Undo, what: string): Promise<UndoTarget> {
  if (/^\d{1,12}$/.test(what)) return { entry: Number(what) };
  if (what !== "last") return { run: what };
  const { entries } = await manager.ledger(pair, { limit: 1, signal: session.signal });
  const [newest] = entries;
  if (newest !== undefined) return { run: newest.runId };
  throw new SyncError("SYNC_USAGE", "The ledger of this pair is empty.", {
    next: `Nothing was lost: there is nothing to give back. \`dbsync ledger ${sidesText(pair)}\` lists what lost.`,
  });
}

async function giveBack(
  { manager, pair, options, session }: Undo,
  target: UndoTarget,
  answers: { readonly side?: Side; readonly force?: boolean },
): Promise<UndoReport> {
  const { side, yes, dryRun } = options;
  return manager.undo(pair, target, {
    signal: session.signal,
    force: yes === true,
    dryRun: dryRun === true,
    ...(side === undefined ? {} : { side }),
    ...answers,
  });
}

/** Rows that moved on, and rows of which two values lost: a person who is there is asked. */
async function askFurther(work: Undo, target: UndoTarget, report: UndoReport): Promise<UndoReport> {
  const { session, options } = work;
  const { isInteractive } = session.terminal;
  if (!isInteractive || options.json === true || options.dryRun === true) return report;
  const has = (outcome: string): number =>
    report.entries.filter((entry) => entry.outcome === outcome).length;
  const side = has("choose-side") > 0 ? await askSide(has("choose-side")) : null;
  const force = has("moved") > 0 && (await askForce(has("moved")));
  if (side === null && !force) return report;
  return giveBack(work, target, { force, ...(side === null ? {} : { side }) });
}

async function askSide(rows: number): Promise<Side | null> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select<Side | "none">({
    message: `Of ${count(rows, "entry", "entries")}, both sides' values lost. Whose shall come back?`,
    options: [
      { value: "none", label: "Neither" },
      { value: "a", label: "Those of a" },
      { value: "b", label: "Those of b" },
    ],
    output: process.stderr,
  });
  return isCancel(answer) || answer === "none" ? null : answer;
}

async function askForce(rows: number): Promise<boolean> {
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: `${count(rows, "row was", "rows were")} changed again since. Overwrite them?`,
    active: "Yes, give back what lost",
    inactive: "No, leave them",
    initialValue: false,
    output: process.stderr,
  });
  return answer === true;
}

function undoDocument({ dryRun, runId, entries }: UndoReport, pair: Pair): object {
  return {
    schemaVersion: 1,
    command: "undo",
    ...pair,
    dryRun,
    runId,
    entries: entries.map(({ entry, table, key, side, outcome, reason }) => ({
      entry,
      table,
      key: rowToJson(key),
      side,
      outcome,
      reason,
    })),
  };
}
