import type { LedgerEntry, LedgerOptions, Pair } from "@sync/core";
import type { Outcome } from "../exit-codes.ts";
import { jsonText, rowToJson } from "../output/json.ts";
import { ledgerText } from "../output/ledger-text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";
import { parseSince } from "../since.ts";

/** As the command line names them. */
export interface LedgerCommandOptions {
  readonly run?: string;
  readonly table?: readonly string[];
  readonly since?: string;
  readonly policy?: string;
  readonly limit: number;
  readonly json?: true;
}

/** `dbsync ledger A B`: what lost is a record, not a finding. */
export async function ledger(
  session: Session,
  pair: Pair,
  options: LedgerCommandOptions,
): Promise<Outcome> {
  const { terminal } = session;
  const query = await queryOf(options);
  const page = await withManager(session, async (manager) =>
    manager.ledger(pair, { ...query, signal: session.signal }),
  );
  const document = {
    schemaVersion: 1,
    command: "ledger",
    ...pair,
    total: page.total,
    isUnfinished: page.isUnfinished,
    entries: page.entries.map(entryDocument),
  };
  await terminal.print(
    options.json === true ? jsonText(document, 2) : ledgerText(page, pair, terminal),
  );
  return "clean";
}

async function queryOf({
  run,
  table,
  since,
  policy,
  limit,
}: LedgerCommandOptions): Promise<LedgerOptions> {
  return {
    limit,
    ...(run === undefined ? {} : { run }),
    ...(table === undefined ? {} : { tables: table }),
    ...(policy === undefined ? {} : { policy }),
    ...(since === undefined ? {} : { sinceMs: await parseSince(since, Date.now()) }),
  };
}

function entryDocument(entry: LedgerEntry): object {
  const { id, runId, timeMs, table, key, kind, side, winner, policy, reason } = entry;
  const { base, a, b, result, isResultKnown, isRenumbered } = entry;
  return {
    id,
    runId,
    time: new Date(timeMs).toISOString(),
    table,
    key: rowToJson(key),
    kind,
    side,
    winner,
    policy,
    reason,
    base: rowToJson(base),
    a: rowToJson(a),
    b: rowToJson(b),
    result: rowToJson(result),
    isResultKnown,
    isRenumbered,
  };
}
