import { resolve as resolvePath } from "node:path";
import type { Policy } from "@sync/model";
import { defaultStateRoot } from "../state/state-root.ts";
import type { EngineOptions, Pair, SyncOptions } from "./options.ts";
import type { SyncCall } from "./prepare.ts";

/** How long another process's lock is waited for where nobody says. */
export const BUSY_TIMEOUT_MS = 5000;
const MAX_DELETE_PERCENT = 50;

/** Who calls, and when. */
export interface SyncCaller {
  readonly engine: EngineOptions;
  readonly policy: Policy;
  readonly startedMs: number;
}

/** One run as plain data, with a value for everything that was left out. */
export function syncCallOf(
  pair: Pair,
  options: SyncOptions,
  { engine, policy, startedMs }: SyncCaller,
): SyncCall {
  return {
    pair: absolute(pair),
    startedMs,
    stateDir: resolvePath(engine.stateDir ?? defaultStateRoot()),
    tables: options.tables ?? null,
    dryRun: options.dryRun ?? false,
    create: options.create ?? false,
    maxDeletePercent: options.maxDeletePercent ?? MAX_DELETE_PERCENT,
    lineage: options.lineage ?? null,
    base: options.base === undefined ? null : resolvePath(options.base),
    out: options.out === undefined ? null : resolvePath(options.out),
    busyTimeoutMs: engine.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    ledger: engine.ledger ?? {},
    tableOptions: options.tableOptions ?? [],
    references: options.references ?? [],
    policy: { name: policy.name, version: policy.version ?? null },
  };
}

/** A worker shares our working directory only until somebody changes it. */
export function absolute(pair: Pair): Pair {
  return { a: resolvePath(pair.a), b: resolvePath(pair.b) };
}
