import type { SyncEvent } from "@sync/model";
import type { LedgerLimits } from "../state/retention.ts";
import type { Workers } from "./workers.ts";

/** Settings of an engine, for all its runs. */
export interface EngineOptions {
  /** Folder of all pairs' state; default `$SYNC_STATE_DIR`, else `$XDG_STATE_HOME/sync`, else `~/.local/state/sync`. */
  readonly stateDir?: string;
  /** Run in a worker thread, so that the caller's event loop stays free. Default `true`. */
  readonly worker?: boolean;
  /** Threads of `@sync/core/workers` that are there already. Whoever started them closes them. */
  readonly workers?: Workers;
  /** How long to wait for another process's lock, in milliseconds. Default 5000. */
  readonly busyTimeoutMs?: number;
  /**
   * How long nobody must have changed a held pair before its files are closed, in milliseconds. Until then
   * its `-wal` files stay, and nobody can leave WAL mode. Default 1000; 0: never.
   */
  readonly idleMs?: number;
  /** How long, and how much, of what lost in conflicts is kept. Default 90 days and 256 MB. */
  readonly ledger?: LedgerLimits;
  /** Hears every event; what it throws is swallowed (the log's business). */
  readonly onEvent?: (event: SyncEvent) => void;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}
