// A run in a process of its own that kills itself at a numbered step. Arguments: a JSON object
// {a, b, stateDir, killAt, policy, tables, direction, view}; killAt null runs to the end, no tables are all of them.
import { askHere } from "../dist/engine/ask.js";
import { callSync } from "../dist/engine/sync.js";

const { a, b, stateDir, killAt, policy, tables, direction, view } = JSON.parse(
  process.argv[2] ?? "{}",
);
const NOW_MS = 1_700_000_000_000;

/** A counter's changes of both sides added up: applied twice, it would be wrong. */
const sum = {
  name: "sum",
  decide: ({ base, a: x, b: y }) =>
    base === null || x === null || y === null
      ? { type: "park" }
      : { type: "write", row: { stock: x.stock + y.stock - base.stock } },
};
const preferB = { name: "prefer-b", decide: () => ({ type: "take", side: "b" }) };
const deleted = { name: "delete", decide: () => ({ type: "delete" }) };
/** Of two rows under one generated key, b's gets a fresh one. */
const rekey = {
  name: "rekey",
  decide: ({ kind, generatedKey }) =>
    kind === "insert/insert" && generatedKey ? { type: "rekey", side: "b" } : { type: "park" },
};
const chosen = { sum, "prefer-b": preferB, delete: deleted, rekey }[policy];

await callSync(
  {
    pair: { a, b },
    stateDir,
    tables: tables ?? null,
    dryRun: false,
    maxDeletePercent: 100,
    create: false,
    lineage: null,
    base: null,
    out: null,
    busyTimeoutMs: 1000,
    startedMs: NOW_MS,
    direction: direction ?? "two-way",
    confirmed: true,
    view: view ?? {},
    policy: { name: chosen.name, version: null },
  },
  {
    onProgress: () => undefined,
    throwIfCancelled: () => undefined,
    onStep: (step) => {
      if (step === killAt) process.kill(process.pid, "SIGKILL");
    },
  },
  askHere(chosen, NOW_MS),
);
