import { resolve as resolvePath } from "node:path";
import type { EngineOptions } from "./engine-options.ts";
import type { Policy } from "@sync/model";
import { BUSY_TIMEOUT_MS, absolute, readCall } from "./comparer.ts";
import { defaultStateRoot } from "../state/state-root.ts";
import type { HandCall } from "./limited-call.ts";
import type { StateCall } from "./open-state.ts";
import { scopeOf } from "./live/seen-scopes.ts";
import type { HeldQuestion } from "./live/held-pairs.ts";
import type { CallOptions, ChangedOptions, Pair, SyncOptions } from "./options.ts";
import type { SyncCall } from "./prepare.ts";
import type { ReadCall } from "./protocol.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import type { SchemaOptions } from "./schema.ts";

const MAX_DELETE_PERCENT = 50;

/** Makes plain data of what a caller said and what the engine was told: what can be sent to a thread. */
export class CallMaker {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return (this.#options.now ?? Date.now)();
  }

  state(pair: Pair, view: ViewOptions = {}): StateCall {
    return {
      view,
      pair: absolute(pair),
      stateDir: resolvePath(this.#options.stateDir ?? defaultStateRoot()),
      busyTimeoutMs: this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    };
  }

  hand(pair: Pair, dryRun: boolean, view: ViewOptions = {}): HandCall {
    const ledger = this.#options.ledger ?? {};
    return {
      ...this.state(pair, view),
      startedMs: this.nowMs,
      dryRun,
      ledger,
      tableOptions: [],
      references: [],
    };
  }

  read(options: CallOptions): ReadCall {
    return readCall(options, this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
  }

  schema(options: CallOptions): SchemaOptions {
    return {
      tables: options.tables ?? null,
      busyTimeoutMs: this.#options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    };
  }

  question(given: Pair, options: ChangedOptions): HeldQuestion {
    const pair = absolute(given);
    const { tables = null, view = {}, direction = "two-way" } = options;
    return { pair, scope: scopeOf({ pair, tables, view, direction }) };
  }

  sync(
    pair: Pair,
    options: SyncOptions,
    { policy, startedMs }: { policy: Policy; startedMs: number },
  ): SyncCall {
    return {
      ...this.state(pair, options.view),
      startedMs,
      tables: options.tables ?? null,
      dryRun: options.dryRun ?? false,
      create: options.create ?? false,
      maxDeletePercent: options.maxDeletePercent ?? MAX_DELETE_PERCENT,
      direction: options.direction ?? "two-way",
      confirmed: options.confirmed ?? false,
      lineage: options.lineage ?? null,
      base: options.base === undefined ? null : resolvePath(options.base),
      out: options.out === undefined ? null : resolvePath(options.out),
      ledger: this.#options.ledger ?? {},
      tableOptions: options.tableOptions ?? [],
      references: options.references ?? [],
      policy: { name: policy.name, version: policy.version ?? null },
      scan: options.scan ?? "auto",
    };
  }
}
