import { applySchema } from "./apply-schema.ts";
import { readOptions, throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { listConflicts, showConflict } from "./inbox.ts";
import { listLedger } from "./ledger.ts";
import type { Call, DiffCall } from "./protocol.ts";
import { callResolve } from "./resolve.ts";
import { compareSchemaFiles } from "./schema.ts";
import { callSync } from "./sync.ts";
import { callUndo } from "./undo.ts";
import { validateDatabases } from "./validate.ts";

/** Carries any call out but a comparison. The result is what the engine's method of that name returns. */
export async function perform(call: Exclude<Call, DiffCall>, caller: Caller): Promise<unknown> {
  const hooks = {
    onProgress: caller.onProgress,
    throwIfCancelled: () => throwIfCancelled(caller),
    onStep: () => undefined,
  };
  switch (call.type) {
    case "sync":
      return callSync(call.sync, hooks, (conflicts) => caller.ask(conflicts));
    case "conflicts":
      return listConflicts(call.state, call.query);
    case "conflict":
      return showConflict(call.state, call.id);
    case "ledger":
      return listLedger(call.state, call.query);
    case "resolve":
      return callResolve(call.hand, hooks, call.decisions);
    case "undo":
      return callUndo(call.hand, hooks, call.target, call.wish);
    case "schema":
      return compareSchemaFiles(call.pair, call.schema);
    case "apply-schema":
      return applySchema(call.pair, call.schema);
    case "validate":
      return validateDatabases(call.databases, readOptions(call.read, caller));
  }
}
