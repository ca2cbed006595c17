import type { LineageChoice, SyncOptions } from "@sync/core";
import type { SyncError, SyncErrorCode } from "@sync/model";
import type { Terminal } from "./output/terminal.ts";

/** What the person at the terminal allows the next try. */
export type Permission = Pick<SyncOptions, "maxDeletePercent" | "lineage" | "confirmed">;

/** A guard's question can be put: off a terminal, and for every other error, the answer is no. */
export function canAsk(error: SyncError, terminal: Terminal): boolean {
  const asked: readonly SyncErrorCode[] = ["SYNC_MAX_DELETE", "SYNC_LINEAGE", "SYNC_MIRROR"];
  return terminal.isInteractive && asked.includes(error.code);
}

/** Puts a guard's question; `null` is no. Escape and Ctrl-C are no, too. */
export async function askPermission(error: SyncError): Promise<Permission | null> {
  if (error.code === "SYNC_LINEAGE") return askLineage(error);
  return error.code === "SYNC_MIRROR" ? askMirror(error) : askDeletion(error);
}

async function askMirror(error: SyncError): Promise<Permission | null> {
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: `${error.message} What goes is kept in the ledger. Go on?`,
    active: "Yes, make it the same",
    inactive: "No, stop here",
    initialValue: false,
    output: process.stderr,
  });
  return answer === true ? { confirmed: true } : null;
}

async function askDeletion(error: SyncError): Promise<Permission | null> {
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: `${error.message} Go on?`,
    active: "Yes, delete them",
    inactive: "No, stop here",
    initialValue: false,
    output: process.stderr,
  });
  return answer === true ? { maxDeletePercent: 100 } : null;
}

async function askLineage(error: SyncError): Promise<Permission | null> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select<LineageChoice | "stop">({
    message: `${error.message} What happened?`,
    options: [
      { value: "stop", label: "I do not know", hint: "stop here, change nothing" },
      {
        value: "restored",
        label: "A backup or older copy was put back",
        hint: "bring its old values forward again; what is new in it stays",
      },
      {
        value: "accept",
        label: "Somebody changed the rows back on purpose",
        hint: "every difference is an edit",
      },
      {
        value: "forget",
        label: "It is another database now",
        hint: "start anew: both sides' rows together, nothing is deleted",
      },
    ],
    initialValue: "stop",
    output: process.stderr,
  });
  return isCancel(answer) || answer === "stop" ? null : { lineage: answer };
}
