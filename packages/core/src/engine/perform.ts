import type { BackupCall } from "../backup/backup-call.ts";
import type { Ask } from "./ask.ts";
import { readOptions, throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { HeldPairs } from "./live/held-pairs.ts";
import type { CallHooks } from "./prepare.ts";
import type { Call, DiffCall, HeldCall, RowsCall } from "./protocol.ts";

/**
 * Carries any call out but a comparison. The result is what the engine's method of that name returns. Each
 * kind of call has its own code, loaded when it is first made: all of it takes longer than a small pair's run.
 *
 * @param held - the pairs that this thread holds
 */
export async function perform(
  call: Exclude<Call, DiffCall | RowsCall | BackupCall>,
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
      const { callSync } = await import("./sync.ts");
      if (!call.held) {
        const { createOwnFacilities } = await import("./facilities.ts");
        return callSync(sync, hooks, ask, createOwnFacilities(caller.signer ?? undefined));
      }
      const { scopeOf } = await import("./live/seen-scopes.ts");
      const pairs = await held();
      const { pair, tables, view = {}, direction = "two-way" } = sync;
      const about = { pair, scope: scopeOf({ pair, tables, view, direction }) };
      return pairs.run(about, (facilities) => callSync(sync, hooks, ask, facilities));
    }
    case "conflicts": {
      const { listConflicts } = await import("./inbox.ts");
      return listConflicts(call.state, call.query);
    }
    case "conflict": {
      const { showConflict } = await import("./show-conflict.ts");
      return showConflict(call.state, call.id);
    }
    case "ledger": {
      const { listLedger } = await import("./ledger.ts");
      return listLedger(call.state, call.query);
    }
    case "resolve": {
      const { callResolve } = await import("./resolve.ts");
      return callResolve(call.hand, hooks, call.decisions);
    }
    case "undo": {
      const { callUndo } = await import("./undo.ts");
      return callUndo(call.hand, hooks, call.target, call.wish);
    }
    case "schema": {
      const { compareSchemaFiles } = await import("./schema.ts");
      return compareSchemaFiles(call.pair, call.schema);
    }
    case "apply-schema": {
      const { applySchema } = await import("./apply-schema.ts");
      return applySchema(call.pair, call.schema);
    }
    case "validate": {
      const { digestElsewhere } = await import("../sqlite/diff/page-digests.ts");
      const { validateDatabases } = await import("./validate.ts");
      return validateDatabases(call.databases, {
        ...readOptions(call.read, caller),
        digestPages: digestElsewhere(),
      });
    }
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
