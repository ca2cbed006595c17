import type { LineageChoice, RowFilter, TableMap, SoftReference, TableOptions } from "@sync/core";
import type { Direction, EventLevel } from "@sync/model";
import type { Rule, RuleUse } from "@sync/resolvers";

/** What stands in `sync.config.*`. Paths are relative to the file, and `~/` is the home folder. */
export interface SyncConfig {
  /** Where editors find the JSON Schema; not read by us. */
  readonly $schema?: string;
  /** The pairs by name. */
  readonly pairs?: Readonly<Record<string, PairConfig>>;
  /** Decides conflicts of pairs that do not say. Default `last-write-wins`. */
  readonly policy?: RuleUse;
  /** Stop before deleting more than this share of a table, in percent. Default 50. */
  readonly maxDeletePercent?: number;
  /** How long one attempt waits for another program's lock. Default 5000. */
  readonly busyTimeoutMs?: number;
  /** How long a locked or busy pair is tried again. Default 15000; 0 for one attempt. */
  readonly retryMs?: number;
  /** The folder of what is remembered about pairs. */
  readonly stateDir?: string;
  readonly backup?: BackupConfig;
  readonly log?: LogConfig;
}

/** Backups of single databases. */
export interface BackupConfig {
  /** Must exist, and lie outside the databases' own folders. Default: `backups` in the state folder. */
  readonly root?: string;
  /** How many of each kind are kept of a database. Default 5. */
  readonly maxCount?: number;
  /** Older ones go, but never the last sound one. Default: age does not matter. */
  readonly maxAgeDays?: number;
}

/** One pair of databases. */
export interface PairConfig {
  readonly a: string;
  readonly b: string;
  /** Decides conflicts that no rule matches. */
  readonly policy?: RuleUse;
  /** Which policy decides which conflicts; the first that matches. */
  readonly rules?: readonly Rule[];
  /** Only these tables, by name or glob. */
  readonly tables?: readonly string[];
  /** Tables to leave out, by name or glob. */
  readonly exclude?: readonly string[];
  /** By table, which rows are in the pair: an SQL expression for both sides, or one for each. */
  readonly where?: Readonly<Record<string, RowFilter>>;
  /** By the pair's name for a table, how the sides call it and its columns. */
  readonly map?: Readonly<Record<string, TableMap>>;
  /** Columns that hold keys of other tables without a FOREIGN KEY. */
  readonly references?: readonly SoftReference[];
  /** How rows of some tables are merged. */
  readonly tableOptions?: readonly TableOptions[];
  /** Which changes go: default `two-way`; `mirror` makes b what a is. */
  readonly direction?: Direction;
  /** What becomes of columns and tables that one side alone has: default `stop`; `common` goes on with the rest. */
  readonly schemaDrift?: "stop" | "common";
  /** What a side that went back to an older state means. Without it the run stops and asks. */
  readonly lineage?: LineageChoice;
  readonly maxDeletePercent?: number;
  /** Back both sides up before every run; while watching, once an hour at most. */
  readonly backupBeforeSync?: boolean;
}

/** The log of events. */
export interface LogConfig {
  /** Default `logs/synchronization.log` beside the project's config, else in the state folder; `false` for none. */
  readonly file?: string | false;
  /** Events below it are left out. Default `info`. */
  readonly level?: EventLevel;
  /** A new file is begun before this one grows longer. Default 10000000. */
  readonly maxBytes?: number;
  /** Former files kept. Default 5. */
  readonly maxFiles?: number;
  /** A new file is begun when the first line of this one is so old. Default 30. */
  readonly maxAgeDays?: number;
}

/** Gives a config written in TypeScript or JavaScript its type, for completion and checks in the editor. */
export function defineConfig(config: SyncConfig): SyncConfig {
  return config;
}
