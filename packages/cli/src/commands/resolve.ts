import type { ByHand, Pair, ResolveReport } from "@sync/core";
import { SyncError } from "@sync/model";
import { readDecisions } from "../decision/decision-file.ts";
import { decisionOf, hasDecision } from "../decision/decision-options.ts";
import type { DecisionOptions } from "../decision/decision-options.ts";
import type { Outcome } from "../exit-codes.ts";
import { resolveText } from "../output/decision-text.ts";
import { sidesText } from "../output/inbox-text.ts";
import { jsonText, rowToJson } from "../output/json.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";
import { noSuchConflict } from "./conflicts.ts";

/** As the command line names them. */
export interface ResolveCommandOptions extends DecisionOptions {
  readonly from?: string;
  readonly json?: true;
}

/** Which conflict; `null`: those of a file, or all of them one after the other. */
export interface ResolveTarget {
  readonly pair: Pair;
  readonly id: number | null;
}

/** `dbsync conflicts resolve [ID] A B`: what still waits afterwards is a finding. */
export async function resolve(
  session: Session,
  target: ResolveTarget,
  options: ResolveCommandOptions,
): Promise<Outcome> {
  const { pair, id } = target;
  refuseContradiction(target, options);
  if (id === null && options.from === undefined) return walk(session, pair, options);
  const decisions =
    options.from === undefined
      ? [await decideOne(session, { pair, id: id ?? 0 }, options)]
      : readDecisions(session.path(options.from));
  const report = await withManager(session, async (manager) =>
    manager.resolve(pair, decisions, { signal: session.signal }),
  );
  if (id !== null && report.rows[0]?.outcome === "missing") throw noSuchConflict(id, pair);
  const { terminal } = session;
  await terminal.print(
    options.json === true
      ? jsonText(resolveDocument(report, pair), 2)
      : resolveText(report, pair, terminal),
  );
  return report.open > 0 || report.rows.some(({ outcome }) => outcome === "refused")
    ? "findings"
    : "clean";
}

function refuseContradiction({ id }: ResolveTarget, options: ResolveCommandOptions): void {
  const { from } = options;
  if (from !== undefined && (id !== null || hasDecision(options)))
    throw new SyncError("SYNC_USAGE", "--from reads all decisions from the file.", {
      next: "Leave the number and the other decisions out, or leave --from out.",
    });
  if (from === undefined && id === null && hasDecision(options))
    throw new SyncError("SYNC_USAGE", "It is not said which conflict is decided.", {
      next: "Write its number before the databases: dbsync conflicts resolve 12 a.db b.db --take a",
    });
}

/** What is typed is read as the column's values are, so the conflict is looked at first. */
async function decideOne(
  session: Session,
  { pair, id }: { readonly pair: Pair; readonly id: number },
  options: ResolveCommandOptions,
): Promise<ByHand> {
  if (options.set === undefined) return { id, decision: decisionOf(options, []) };
  const conflict = await withManager(session, async (manager) =>
    manager.conflict(pair, id, { signal: session.signal }),
  );
  if (conflict === null) throw noSuchConflict(id, pair);
  return { id, decision: decisionOf(options, conflict.columns) };
}

async function walk(
  session: Session,
  pair: Pair,
  { json }: ResolveCommandOptions,
): Promise<Outcome> {
  if (!session.terminal.isInteractive || json === true) {
    throw new SyncError("SYNC_USAGE", "Nobody is there to be asked.", {
      next: `Name a conflict and a decision: \`dbsync conflicts resolve ID ${sidesText(pair)} --take a\`. Or --from FILE.`,
    });
  }
  const { walkThrough } = await import("../walk/walk-through.ts");
  return walkThrough(session, pair);
}

function resolveDocument({ runId, rows, open }: ResolveReport, pair: Pair): object {
  return {
    schemaVersion: 1,
    command: "conflicts",
    ...pair,
    runId,
    rows: rows.map(({ id, table, key, outcome, reason }) => ({
      id,
      table,
      key: rowToJson(key),
      outcome,
      reason,
    })),
    open,
  };
}
