import type { Pair } from "@sync/core";
import type { PairState } from "@sync/core/states";
import type { LoadedConfig } from "@sync/manager/config";
import { SyncError } from "@sync/model";
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
  const document = { schemaVersion: 1, command: "state", stateDir, pairs: states };
  await session.terminal.print(
    json === true ? jsonText(document, 2) : statesText(states, stateDir, session.terminal),
  );
  return states.every(({ isThere }) => isThere) ? "clean" : "findings";
}

export async function moveState(
  session: Session,
  moved: { readonly from: string; readonly to: string },
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const moves = core.moveStates(stateDir, moved, busyTimeoutMs);
  const lines = moves.map(({ after }) => `- ${after.a} and ${after.b}`);
  await session.terminal.print(
    [`${count(moves.length, "pair goes", "pairs go")} on with ${moved.to}:`, ...lines].join("\n"),
  );
  return "clean";
}

export async function forgetState(
  session: Session,
  pair: Pair,
  { yes }: { readonly yes?: true },
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  if (yes !== true) await askLeave(session, pair);
  const state = core.forgetState(stateDir, pair, busyTimeoutMs);
  await session.terminal.print(
    `Forgotten: ${lossText(state)}. The next run of ${sidesText(pair)} is a first run: nothing is deleted.`,
  );
  return "clean";
}

export async function exportState(session: Session, pair: Pair, file: string): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const sides = await core.exportState({ stateDir, pair, file, busyTimeoutMs });
  const text = [
    `What is remembered about ${sides.a} and ${sides.b} stands in ${file}. It holds rows of them: keep it safe.`,
    "Where both databases are, on the other machine:",
    `  dbsync state import ${file} A B`,
  ];
  await session.terminal.print(text.join("\n"));
  return "clean";
}

export async function importState(
  session: Session,
  file: string,
  pair: Pair | null,
): Promise<Outcome> {
  const core = await import("@sync/core/states");
  const { stateDir, busyTimeoutMs } = await settingsOf(session);
  const sides = await core.importState({ stateDir, pair, file, busyTimeoutMs });
  await session.terminal.print(`${sides.a} and ${sides.b} go on from what ${file} remembers.`);
  return "clean";
}

async function settingsOf(session: Session): Promise<LoadedConfig["settings"]> {
  return (await session.config()).settings;
}

async function askLeave({ terminal }: Session, pair: Pair): Promise<void> {
  if (!terminal.isInteractive) {
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
