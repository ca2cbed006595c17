import type { Pair } from "@sync/core";
import type { PairState } from "@sync/core/states";
import type { LoadedConfig } from "@sync/manager/config";
import { SyncError, pathForShell } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { sidesText } from "../output/inbox-text.ts";
import { jsonText } from "../output/json.ts";
import { statesText } from "../output/state-text.ts";
import { count } from "../output/text.ts";
import type { Session } from "../session.ts";

/** `dbsync state list`: a pair whose databases are not where they were is a finding. */
export async function listStates(
  session: Session,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir } = await settingsOf(session);
  const states = core.listStates(stateDir);
  const document = {
    schemaVersion: 1,
    command: "state",
    action: "list",
    stateDir,
    pairs: states,
  };
  await session.terminal.print(
    json === true ? jsonText(document, 2) : statesText(states, stateDir, session.terminal),
  );
  return states.every(({ isThere }) => isThere) ? "clean" : "findings";
}

/** As the command line names them. */
export interface StateCommandOptions {
  readonly json?: true;
}

export async function moveState(
  session: Session,
  moved: { readonly from: string; readonly to: string },
  { json }: StateCommandOptions,
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const moves = core.moveStates(stateDir, moved, busyTimeoutMs);
  const lines = moves.map(({ after }) => `- ${after.a} and ${after.b}`);
  const text = [`${count(moves.length, "pair goes", "pairs go")} on with ${moved.to}:`, ...lines];
  const document = { action: "move", pairs: moves.map(({ before, after }) => ({ before, after })) };
  return printDone(session, json, { text: text.join("\n"), document });
}

export async function forgetState(
  session: Session,
  pair: Pair,
  { yes, json }: StateCommandOptions & { readonly yes?: true },
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  if (yes !== true) await askLeave(session, pair, json === true);
  const state = core.forgetState(stateDir, pair, busyTimeoutMs);
  const { a, b, openConflicts, ledgerEntries } = state;
  return printDone(session, json, {
    text: `Forgotten: ${lossText(state)}. The next run of ${sidesText(pair)} is a first run: nothing is deleted.`,
    document: { action: "forget", a, b, openConflicts, ledgerEntries },
  });
}

export async function exportState(
  session: Session,
  { pair, file }: { readonly pair: Pair; readonly file: string },
  { json }: StateCommandOptions,
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const sides = await core.exportState({ stateDir, pair, file, busyTimeoutMs });
  const text = [
    `What is remembered about ${sides.a} and ${sides.b} stands in ${file}. It holds rows of them: keep it safe.`,
    "Where both databases are, on the other machine:",
    `  dbsync state import ${pathForShell(file)} A B`,
  ];
  const { a, b } = sides;
  return printDone(session, json, {
    text: text.join("\n"),
    document: { action: "export", a, b, file },
  });
}

export async function importState(
  session: Session,
  { file, pair }: { readonly file: string; readonly pair: Pair | null },
  { json }: StateCommandOptions,
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const sides = await core.importState({ stateDir, pair, file, busyTimeoutMs });
  const { a, b } = sides;
  return printDone(session, json, {
    text: `${a} and ${b} go on from what ${file} remembers.`,
    document: { action: "import", a, b, file },
  });
}

async function printDone(
  { terminal }: Session,
  json: true | undefined,
  { text, document }: { readonly text: string; readonly document: object },
): Promise<Outcome> {
  const whole = { schemaVersion: 1, command: "state", ...document };
  await terminal.print(json === true ? jsonText(whole, 2) : text);
  return "clean";
}

async function settingsOf(session: Session): Promise<LoadedConfig["settings"]> {
  return (await session.config()).settings;
}

async function askLeave({ terminal }: Session, pair: Pair, isJson: boolean): Promise<void> {
  if (!terminal.isInteractive || isJson) {
    throw new SyncError(
      "SYNC_USAGE",
      "This forgets inbox and ledger too, and nobody can be asked.",
      {
        next: "Say --yes. To start anew and keep both: dbsync sync --lineage forget",
      },
    );
  }
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: `Forget all about ${sidesText(pair)}, the inbox and the ledger too?`,
    active: "Yes, forget",
    inactive: "No, keep it",
    initialValue: false,
    output: process.stderr,
  });
  if (answer !== true) throw new SyncError("SYNC_CANCELLED", "Nothing was forgotten.");
}

function lossText({ openConflicts, ledgerEntries }: PairState): string {
  return `the base, ${count(openConflicts ?? 0, "open conflict")} and ${count(ledgerEntries ?? 0, "ledger entry", "ledger entries")}`;
}
