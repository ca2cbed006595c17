import type { InboxConflict, InboxEntry, Pair } from "@sync/core";
import { SyncError } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { conflictText, inboxText, sidesText, waysToDecide } from "../output/inbox-text.ts";
import { jsonText, rowToJson } from "../output/json.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface ListOptions {
  readonly json?: true;
  readonly table?: readonly string[];
}

/** `dbsync conflicts A B`: what waits is a finding. */
export async function listConflicts(
  session: Session,
  pair: Pair,
  { json, table }: ListOptions,
): Promise<Outcome> {
  const { terminal, signal } = session;
  const entries = await withManager(session, async (manager) =>
    manager.conflicts(pair, { signal, ...(table === undefined ? {} : { tables: table }) }),
  );
  const document = {
    schemaVersion: 1,
    command: "conflicts",
    ...pair,
    conflicts: entries.map(entryDocument),
  };
  await terminal.print(json === true ? jsonText(document, 2) : inboxText(entries, pair, terminal));
  return entries.length > 0 ? "findings" : "clean";
}

/** `dbsync conflicts show ID A B`. */
export async function showConflict(
  session: Session,
  pair: Pair,
  { id, json }: { readonly id: number; readonly json?: true },
): Promise<Outcome> {
  const { terminal, signal } = session;
  const conflict = await withManager(session, async (manager) =>
    manager.conflict(pair, id, { signal }),
  );
  if (conflict === null) throw noSuchConflict(id, pair);
  const document = {
    schemaVersion: 1,
    command: "conflicts",
    ...pair,
    conflict: conflictDocument(conflict),
  };
  const text =
    json === true
      ? jsonText(document, 2)
      : `${await conflictText(conflict, pair, terminal)}\n\n${waysToDecide(conflict, pair)}`;
  await terminal.print(text);
  return "findings";
}

/** Numbers of conflicts come from the list. */
export function noSuchConflict(id: number, pair: Pair): SyncError {
  return new SyncError("SYNC_USAGE", `No open conflict has the number ${id}.`, {
    next: `\`dbsync conflicts ${sidesText(pair)}\` lists those that wait.`,
  });
}

function entryDocument(entry: InboxEntry): object {
  const { id, table, key, kind, disputed, policy, reason, obstacle, sinceMs } = entry;
  const since = new Date(sinceMs).toISOString();
  return { id, table, key: rowToJson(key), kind, disputed, policy, reason, obstacle, since };
}

function conflictDocument(conflict: InboxConflict): object {
  const { base, a, b, differing, changed } = conflict;
  const rows = { base: rowToJson(base), a: rowToJson(a), b: rowToJson(b) };
  return { ...entryDocument(conflict), ...rows, differing, changed };
}
