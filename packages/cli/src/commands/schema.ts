import type { Pair } from "@sync/core";
import type { Side } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { jsonText } from "../output/json.ts";
import { schemaText } from "../output/schema-text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface SchemaCommandOptions {
  readonly apply?: Side;
  readonly table?: readonly string[];
  readonly json?: true;
}

/** `dbsync schema A B`: a difference that is left is a finding. */
export async function schema(
  session: Session,
  pair: Pair,
  { apply, table, json }: SchemaCommandOptions,
): Promise<Outcome> {
  const call = { signal: session.signal, ...(table === undefined ? {} : { tables: table }) };
  const report = await withManager(session, async (manager) =>
    apply === undefined ? manager.schema(pair, call) : manager.applySchema(pair, apply, call),
  );
  const text = json === true ? jsonText(report, 2) : schemaText(report, pair, session.terminal);
  await session.terminal.print(text);
  return report.same ? "clean" : "findings";
}
