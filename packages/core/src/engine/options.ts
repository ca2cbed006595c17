import type { TableOptions } from "../reconcile/merge.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import type {
  ConflictOutcome,
  Direction,
  Policy,
  Progress,
  Side,
  SyncError,
  SyncEvent,
  SyncReport,
} from "@sync/model";

/** Two database files to keep in step. Paths relative to the working directory are fine. */
export interface Pair {
  readonly a: string;
  readonly b: string;
}

/** What to do when a side went back to an older state (DESIGN §8). Without a choice the run stops and asks. */
export type LineageChoice =
  /** Values it had before are stale and are brought forward again; everything else is an edit. */
  | "restored"
  /** All differences are edits. */
  | "accept"
  /** Drop the base: this run is a union, nothing is deleted. */
  | "forget";

/** What every call may take. */
export interface CallOptions {
  /** Only these tables, by name or glob. Those that fit none are SYNC_UNKNOWN_TABLE. */
  readonly tables?: readonly string[];
  /** How the tables of both sides are seen as those of the pair: other names, filters, tables to leave out. */
  readonly view?: ViewOptions;
  /** Cancelling leaves everything as before; the call rejects with SYNC_CANCELLED. */
  readonly signal?: AbortSignal;
  /** Hears how far the call is, some times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * How a comparison finds the rows that may differ; the result is the same. `pages`: read both files and
 * look up only rows on pages that differ, where the pages can tell; `full`: compare every row; `auto`:
 * `pages`, unless the files are so small that starting a process for it takes longer.
 */
export type ScanChoice = "auto" | "full" | "pages";

/** One comparison of a pair. */
export interface DiffCallOptions extends CallOptions {
  /** Default `auto`. */
  readonly scan?: ScanChoice;
}

/** Which entries of the ledger; all where nothing is given. */
export interface LedgerOptions extends CallOptions {
  /** One entry by its number. */
  readonly entry?: number;
  /** A run's id, or how it begins. */
  readonly run?: string;
  readonly policy?: string;
  /** Not before, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** At most so many, the newest. */
  readonly limit?: number;
}

/** A call that is a run, and so has events. */
export interface RunCallOptions {
  /** Hears the events of this call, in place of the engine's `onEvent`. */
  readonly onEvent?: (event: SyncEvent) => void;
}

/** How to carry out what a person decided. */
export interface ResolveOptions
  extends Pick<CallOptions, "signal" | "onProgress" | "view">, RunCallOptions {
  /** As for `sync`: they say what is in dispute. */
  readonly tableOptions?: readonly TableOptions[];
  /** As for `sync`: they follow where both rows are kept. */
  readonly references?: readonly SoftReference[];
}

/** How to give back what lost. */
export interface UndoOptions
  extends Pick<CallOptions, "signal" | "onProgress" | "view">, RunCallOptions {
  /** Whose values, where both sides' lost because a third one came out. */
  readonly side?: Side;
  /** Also rows that were changed again since; what is overwritten by that goes to the ledger. */
  readonly force?: boolean;
  /** Find out and report; write nothing. */
  readonly dryRun?: boolean;
}

/** One synchronization of one pair. */
export interface SyncOptions extends CallOptions, RunCallOptions {
  /** Decides conflicts; without one every conflict is parked. */
  readonly policy?: Policy;
  /** Find out and report; write nothing, no state either. */
  readonly dryRun?: boolean;
  /** How changes since the last run are looked for; the result is the same. Default `auto`. */
  readonly scan?: ScanChoice;
  /** Stop before deleting more than this share of a table's rows, in percent, from 20 rows up. Default 50. */
  readonly maxDeletePercent?: number;
  /** Make a side that does not exist as an empty database, with the other's tables. */
  readonly create?: boolean;
  /**
   * `a-to-b`, `b-to-a`: only the changes of one side go, to the other; nothing comes back, and what the other
   * changed itself stays there. `mirror`: b becomes what a is, exactly. Default `two-way`.
   */
  readonly direction?: Direction;
  /** A mirror may overwrite and delete; without it, it stops with SYNC_MIRROR where it would, and says what. */
  readonly confirmed?: boolean;
  readonly lineage?: LineageChoice;
  /** A database that is the common ancestor; takes the place of the remembered base for this run. */
  readonly base?: string;
  /** How rows of some tables are merged: their timestamp column, column groups, whole rows. */
  readonly tableOptions?: readonly TableOptions[];
  /** Columns that hold keys of other tables, though no FOREIGN KEY says so: they follow rows that get a fresh key. */
  readonly references?: readonly SoftReference[];
  /** Leave both sides as they are and write the merged database here. Must not exist yet. */
  readonly out?: string;
  /** Hears what became of each conflict, after the run took effect. */
  readonly onConflict?: (outcome: ConflictOutcome) => void;
}

/** How pairs are kept in step. What `sync` takes for one run, this takes for all. */
export interface RealtimeOptions extends Omit<
  SyncOptions,
  "signal" | "dryRun" | "create" | "base" | "out" | "onProgress"
> {
  /** How often each pair is looked at, in milliseconds; a look takes some microseconds. Default 50. */
  readonly pollMs?: number;
  /** Aborting stops it, after the present run. */
  readonly signal?: AbortSignal;
  /** Hears of each run. */
  readonly onReport?: (report: SyncReport, pair: Pair) => void;
  /** Hears once of each failure, not of every try; what another program locked only when that lasts. */
  readonly onError?: (error: SyncError, pair: Pair) => void;
}

/** What a look is about: as it is given to `sync`; by default everything. */
export type ChangedOptions = Pick<SyncOptions, "tables" | "view" | "direction">;
