import type { BackupCall } from "../backup/backup-call.ts";
import { applySchema } from "./apply-schema.ts";
import { readOptions, throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { Ask } from "./decide.ts";
import { listConflicts, showConflict } from "./inbox.ts";
import { listLedger } from "./ledger.ts";
import { scopeOf } from "./live/seen-scopes.ts";
import type { HeldPairs } from "./live/held-pairs.ts";
import type { CallHooks } from "./prepare.ts";
import type { Call, DiffCall, HeldCall } from "./protocol.ts";
import { callResolve } from "./resolve.ts";
import { compareSchemaFiles } from "./schema.ts";
import { callSync } from "./sync.ts";
import { callUndo } from "./undo.ts";
import { digestElsewhere } from "../sqlite/diff/page-digests.ts";
import { validateDatabases } from "./validate.ts";

/**
 * Carries any call out but a comparison. The result is what the engine's method of that name returns.
 *
 * @param held - the pairs that this thread holds
 */
export async function perform(
  call: Exclude<Call, DiffCall | BackupCall>,
  caller: Caller,
  held: () => Promise<HeldPairs>,
): Promise<unknown> {
  const hooks: CallHooks = {
    onProgress: caller.onProgress,
    throwIfCancelled: () => throwIfCancelled(caller),
    onStep: () => undefined,
  };
  switch (call.type) {
    case "sync": {
      const { sync } = call;
      const ask: Ask = (conflicts) => caller.ask(conflicts);
      if (!call.held) return callSync(sync, hooks, ask);
      const pairs = await held();
      const { pair, tables, view = {}, direction = "two-way" } = sync;
      const about = { pair, scope: scopeOf({ pair, tables, view, direction }) };
      return pairs.run(about, (facilities) => callSync(sync, hooks, ask, facilities));
    }
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
      return validateDatabases(call.databases, {
        ...readOptions(call.read, caller),
        digestPages: digestElsewhere(),
      });
    case "hold":
    case "release":
    case "have-changed":
    case "release-all":
      return performHeld(call, await held());
  }
}

async function performHeld(call: HeldCall, held: HeldPairs): Promise<unknown> {
  switch (call.type) {
    case "hold":
      return held.hold(call.pair);
    case "release":
      return held.release(call.pair);
    case "have-changed":
      return held.haveChanged(call.questions);
    case "release-all":
      return held.close();
  }
}
