import type { Side } from "./conflict.ts";
import type { Key, Row } from "./values.ts";

/**
 * Which changes a run may carry (DESIGN §11). `a-to-b`, `b-to-a`: only those of one side, and what the
 * other changed itself stays there. `mirror`: b becomes what a is.
 */
export type Direction = "two-way" | "a-to-b" | "b-to-a" | "mirror";

/** What `dbsync diff --json` prints. Additive only. */
export interface DiffReport {
  readonly schemaVersion: 1;
  readonly command: "diff";
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly tables: readonly TableDiff[];
  readonly scan: ScanReport;
}

/** How differences were found; for diagnosis, since the result is the same. */
export interface ScanReport {
  /**
   * `wal`: only what was written to the logs since the last run was read; `pages`: the files were, and only
   * rows that may differ were compared; `full`: every row was.
   */
  readonly method: "wal" | "pages" | "full";
  /** Pages that were read: written ones, or all of both files; 0 in a full scan. */
  readonly pages: number;
  /** Rows that the pages left to look up; one that both sides have counts once where they could tell. */
  readonly candidates: number;
  /** What the pages could not tell, so that every row was compared there; `table` is null for all of them. */
  readonly notKnown: readonly { readonly table: string | null; readonly reason: string }[];
}

/** One row of a database, as it is read alone. */
export interface DatabaseRow {
  readonly table: string;
  /** For a keyless table the whole row. */
  readonly key: Key;
  readonly row: Row;
}

/** Row counts of one table's difference. A keyless table has no `changed` rows. */
export interface TableDiff {
  readonly table: string;
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly changed: number;
  readonly same: number;
}

/** How one row differs between two databases. `null`: the row does not exist there. */
export interface RowDiff {
  readonly table: string;
  /** For a keyless table the whole row. */
  readonly key: Key;
  readonly a: Row | null;
  readonly b: Row | null;
  /** Columns whose values differ, in the table's order; empty where a side has no such row. */
  readonly changed: readonly string[];
}

/** Rows written to one side. */
export interface WriteCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** How many conflicts a policy decided, and how many are left to a person. */
export interface ConflictCounts {
  readonly resolved: number;
  readonly parked: number;
}

/**
 * What happened to one table in a run. Each changed key counts once:
 * `copied + agreed + merged + filtered + held + conflicts.resolved + conflicts.parked` is the
 * number of changed keys found.
 */
export interface TableSync {
  readonly table: string;
  readonly toA: WriteCounts;
  readonly toB: WriteCounts;
  readonly copied: number;
  readonly agreed: number;
  readonly merged: number;
  readonly filtered: number;
  readonly held: number;
  readonly conflicts: ConflictCounts;
}

/** What `dbsync sync --json` prints. Additive only. */
export interface SyncReport {
  readonly schemaVersion: 1;
  readonly command: "sync";
  readonly runId: string;
  readonly dryRun: boolean;
  readonly firstRun: boolean;
  readonly policy: string;
  readonly direction: Direction;
  readonly tables: readonly TableSync[];
  /** `parked` is the number of conflicts open in the inbox after the run. */
  readonly conflicts: ConflictCounts;
  readonly durationMs: number;
  /** Rows that got a fresh key because their key had been given out twice (the policy `rekey`). */
  readonly renumbered: readonly Renumbered[];
  /** How changes since the last run were found. */
  readonly scan: ScanReport;
  /** What a person should know though nothing stopped: tables left out, violations that were there before. */
  readonly notices: readonly string[];
  /** Tables whose rows cannot be read, and so were not looked at: indexes without content, views of indexes. */
  readonly leftOut: readonly string[];
}

/** One row of a side that was kept under a fresh key. */
export interface Renumbered {
  readonly table: string;
  readonly side: Side;
  readonly from: Key;
  readonly to: Key;
}

/** What `dbsync validate --json` prints. Additive only. */
export interface ValidateReport {
  readonly schemaVersion: 1;
  readonly command: "validate";
  readonly ok: boolean;
  readonly sides: readonly ValidatedSide[];
  /** In words, what differs between the two sides; empty for one database. */
  readonly differences: readonly string[];
}

/** One database as `validate` found it. */
export interface ValidatedSide {
  readonly db: string;
  /** Messages of `PRAGMA integrity_check`; empty when the file is sound. */
  readonly integrity: readonly string[];
  readonly foreignKeys: readonly ForeignKeyViolations[];
  readonly tables: readonly ValidatedTable[];
}

/** How many rows of `table` point at a row of `parent` that does not exist. */
export interface ForeignKeyViolations {
  readonly table: string;
  readonly parent: string;
  readonly rows: number;
}

/** A table's size and a digest of its content that does not depend on the order of rows. */
export interface ValidatedTable {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/** What `dbsync schema --json` prints. Additive only. */
export interface SchemaReport {
  readonly schemaVersion: 1;
  readonly command: "schema";
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly differences: readonly SchemaFinding[];
  /** What would make each side like the other one, in the order in which it can be done. */
  readonly steps: { readonly a: readonly SchemaStep[]; readonly b: readonly SchemaStep[] };
  /** What was just carried out; `null` where nothing was to be. */
  readonly applied: SchemaApplied | null;
}

/** One difference between two schemas. */
export interface SchemaFinding {
  /** `table`, `column`, `affinity`, `key`, `unique`, `check`, `index`, `view`, `trigger`, …: what it is about. */
  readonly kind: string;
  /** `null`: the whole database, or a view. */
  readonly table: string | null;
  /** The column, index, view or trigger, or a constraint in words; `null`: the table itself. */
  readonly subject: string | null;
  /** The side that has what the other one lacks; `null` where both have it, differently. */
  readonly onlyIn: Side | null;
  /** It keeps the table from being synced. */
  readonly stopsSync: boolean;
  readonly message: string;
  readonly next: string;
}

/** One thing that makes a side's schema more like the other's. */
export interface SchemaStep {
  readonly type:
    | "create-table"
    | "add-column"
    | "create-index"
    | "create-view"
    | "create-trigger"
    | "rebuild"
    | "replace";
  readonly table: string;
  readonly subject: string | null;
  /** It only adds, and `--apply` does it. The others change what exists and are advice. */
  readonly adds: boolean;
  /** Statements without their semicolon, in order. */
  readonly sql: readonly string[];
  /** What to know before; empty where there is nothing. */
  readonly note: string;
}

/** What `--apply` did. */
export interface SchemaApplied {
  readonly side: Side;
  readonly steps: readonly SchemaStep[];
  /** The copy of that side that was made before; `null` where none was asked for. */
  readonly backup: string | null;
}
