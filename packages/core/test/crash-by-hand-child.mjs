// Decides conflicts by hand, or gives back what lost, in a process of its own that kills itself at a
// numbered step. Arguments: a JSON object {a, b, stateDir, killAt, decisions} or {…, target}.
import { callResolve } from "../dist/engine/resolve.js";
import { callUndo } from "../dist/engine/undo.js";

const { a, b, stateDir, killAt, decisions, target } = JSON.parse(process.argv[2] ?? "{}");

const call = {
  pair: { a, b },
  stateDir,
  busyTimeoutMs: 1000,
  startedMs: 1_700_000_000_000,
  dryRun: false,
  ledger: {},
  tableOptions: [],
  references: [],
};
const hooks = {
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
  onStep: (step) => {
    if (step === killAt) process.kill(process.pid, "SIGKILL");
  },
};

if (decisions !== undefined) await callResolve(call, hooks, decisions);
else await callUndo(call, hooks, target, {});
