import type { BackupCall } from "../backup/backup-call.ts";
import type { Caller } from "./caller.ts";
import type { HeldPairs } from "./live/held-pairs.ts";
import type { Call, DiffCall, RowsCall, Work } from "./protocol.ts";

/**
 * Carries a call out. Comparisons have code of their own, loaded apart: they are done before all that a merge
 * needs would be there. So have backups, which need what nobody else does.
 *
 * @param held - the pairs that this thread holds
 */
export async function performCall(
  call: Call,
  caller: Caller,
  held: () => Promise<HeldPairs>,
): Promise<unknown> {
  if (isDiff(call)) {
    const { performDiff } = await import("./perform-diff.ts");
    return performDiff(call, caller);
  }
  if (isBackup(call)) {
    const { performBackup } = await import("../backup/perform-backup.ts");
    return performBackup(call, caller);
  }
  const { perform } = await import("./perform.ts");
  return perform(call, caller, held);
}

const COMPARISONS: readonly string[] = ["diff", "diff-rows", "diff-patch", "rows"];

function isDiff(call: Call): call is DiffCall | RowsCall {
  return COMPARISONS.includes(call.type);
}

function isBackup(call: Exclude<Call, DiffCall | RowsCall>): call is BackupCall {
  return call.type === "take-backup" || call.type === "find-backups" || call.type === "restore";
}

/** Loads the code of a call in the background. Should it fail, the call that needs it says so. */
export function prepareCode(work: Work): void {
  codeOf(work).catch(() => undefined);
}

async function codeOf(work: Work): Promise<unknown> {
  switch (work) {
    case "diff":
    case "diff-pages":
      return import("./perform-diff.ts");
    case "sync":
    case "sync-pages":
      return Promise.all([import("./perform.ts"), import("./sync.ts")]);
    case "conflicts":
      return Promise.all([import("./perform.ts"), import("./inbox.ts")]);
    case "ledger":
      return Promise.all([import("./perform.ts"), import("./ledger.ts")]);
  }
}
