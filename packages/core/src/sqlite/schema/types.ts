/** How SQLite coerces values on their way into a column (datatype3.html §3). STRICT's ANY is "BLOB". */
export type Affinity = "BLOB" | "TEXT" | "NUMERIC" | "INTEGER" | "REAL";

/** A column that is synced: stored by the user, not generated. Order is the table's own. */
export interface Column {
  readonly name: string;
  readonly affinity: Affinity;
  /** The collation of the column itself, which its comparisons use; upper case, `BINARY` if none is written. */
  readonly collation: string;
  readonly notNull: boolean;
  /** The column's definition in CREATE TABLE, on one line, without comments; empty for a virtual table's. */
  readonly definition: string;
  /**
   * Two values that SQLite's `=` (with COLLATE BINARY) calls equal may still be of different
   * storage class: "any" (no affinity: 1 and 1.0), "extreme" (INTEGER and NUMERIC: only −2^63),
   * "never" (TEXT, REAL, STRICT INTEGER, the rowid).
   */
  readonly mixedClasses: "any" | "extreme" | "never";
}

/** A column that SQLite computes: not copied, but its expression must be the same on both sides. */
export interface GeneratedColumn {
  readonly name: string;
  readonly affinity: Affinity;
  /** The expression between the parentheses of `AS (…)`, on one line, without comments; it compiles like a CHECK. */
  readonly expression: string;
  /** The column's definition in CREATE TABLE, on one line, without comments. */
  readonly definition: string;
}

/** One column of a table's key, with the collation of the *index* that makes it a key (SQLITE_NOTES 12). */
export interface KeyColumn {
  readonly name: string;
  /** In upper case, whatever the definition has: `BINARY`, `NOCASE`. */
  readonly collation: string;
}

/** A UNIQUE constraint or index other than the key. */
export interface UniqueIndex {
  readonly name: string;
  readonly parts: readonly UniquePart[];
  /** The WHERE expression of a partial index as written, else `null`. */
  readonly where: string | null;
}

/**
 * One indexed column or expression (as written, in terms of unqualified columns) and its collation.
 * `column` may be a generated one, which is not among the table's `columns`. Compare an expression as
 * `(expression) COLLATE collation`: a COLLATE deeper inside it does not count for the index.
 */
export interface UniquePart {
  readonly column: string | null;
  readonly expression: string | null;
  readonly collation: string;
}

/**
 * A FOREIGN KEY of a child table. `parentColumns` are resolved: the parent's declared primary key where
 * none were written. A parent that does not exist stays named as written (no columns where none were
 * written); an existing one is spelled as in its own definition.
 */
export interface ForeignKey {
  readonly columns: readonly string[];
  readonly parentTable: string;
  readonly parentColumns: readonly string[];
}

/** A trigger on a table, in the firing order of `sqlite_schema`. */
export interface Trigger {
  readonly name: string;
  /** As stored in `sqlite_schema`. */
  readonly sql: string;
  /** Tables or views that the body writes to, as written there, each once; empty for a trigger that only checks. */
  readonly writes: readonly string[];
}

/** A table whose rows are synced, with all that reading and writing it needs to know. */
export interface Table {
  readonly name: string;
  /** `virtual`: rows are read and written through the virtual table (self-contained FTS, R-tree). */
  readonly kind: "ordinary" | "without-rowid" | "virtual";
  readonly strict: boolean;
  readonly autoincrement: boolean;
  /** Synced columns. A virtual table keyed by its rowid has a first column named `rowid`. */
  readonly columns: readonly Column[];
  /** Columns that are not copied, since SQLite computes them. */
  readonly generated: readonly GeneratedColumn[];
  /**
   * CHECK expressions of the columns and the table, on one line, without comments; they compile where the
   * columns are in scope: `price > 0`. (SQLite itself ignores CHECKs in a file opened read-only.)
   */
  readonly checks: readonly string[];
  /** Empty: keyless, a bag of rows. */
  readonly key: readonly KeyColumn[];
  /** The key is the INTEGER PRIMARY KEY (or a virtual table's rowid): SQLite hands it out. */
  readonly keyIsRowid: boolean;
  /** Some key column may be NULL; rows that hold one there are a bag among themselves. */
  readonly nullableKey: boolean;
  /** An identifier that reaches the rowid where it is not the key, else `null` (WITHOUT ROWID, or all names taken). */
  readonly rowidName: string | null;
  readonly uniqueIndexes: readonly UniqueIndex[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly triggers: readonly Trigger[];
  /** The table's definition has an ON CONFLICT clause, which a plain INSERT would obey (SQLITE_NOTES 16). */
  readonly conflictClause: boolean;
  /** Each such clause with the constraint it sits on, normalized, sorted: `unique ( email ) on conflict replace`. */
  readonly conflictClauses: readonly string[];
  /** CREATE TABLE as stored. */
  readonly sql: string;
}

/**
 * A table that follows others instead of being synced: an FTS index with external content or fed
 * by triggers, an R-tree fed by triggers.
 */
export interface DerivedTable {
  readonly name: string;
  readonly module: string;
  /** Triggers keep it up to date; `false`: it must be rebuilt after its content was written. */
  readonly fedByTriggers: boolean;
  /** The table or view it indexes, where it says so (external content), else the first table with a trigger that feeds it. */
  readonly content: string | null;
  /**
   * `INSERT INTO t(t) VALUES('rebuild')` brings it up to date: FTS with external content. (A
   * self-contained FTS accepts the command, too, but rebuilds from its own, stale, copy.)
   */
  readonly canRebuild: boolean;
}

/** Something in the database that cannot be synced, and why; said to the user, never silent. */
export interface LeftOut {
  readonly table: string;
  readonly reason: string;
  /** `unsupported`: a module or function is missing; the run stops unless the table is not chosen. */
  readonly severity: "notice" | "unsupported";
}

/** One database's schema. Tables are in `sqlite_schema` order; look-ups by `tableNamed`. */
export interface Schema {
  /** `UTF-8`, `UTF-16le` or `UTF-16be`. */
  readonly encoding: string;
  readonly tables: readonly Table[];
  readonly derived: readonly DerivedTable[];
  readonly leftOut: readonly LeftOut[];
}

/** What a difference between two schemas is about. */
export type DifferenceKind =
  | "encoding"
  | "table"
  | "table-kind"
  | "strict"
  | "column"
  | "affinity"
  | "collation"
  | "not-null"
  | "generated"
  | "key"
  | "unique"
  | "check"
  | "foreign-key"
  | "conflict-clause"
  | "type"
  | "default"
  | "storage"
  | "autoincrement"
  | "foreign-key-rules"
  | "virtual-table"
  | "index"
  | "view"
  | "trigger";

/** One difference between two schemas. */
export interface SchemaDifference {
  readonly kind: DifferenceKind;
  /** `null`: the whole database (encoding), or a view. */
  readonly table: string | null;
  /** The column, index, view or trigger, or a constraint as normalized text; `null`: the table itself. */
  readonly subject: string | null;
  /** The side that has what the other one lacks; `null` where both have it, differently. */
  readonly onlyIn: "a" | "b" | null;
  /** It keeps the table from being synced. */
  readonly stopsSync: boolean;
  /** In words, e.g. ``column `vat` is REAL in a and TEXT in b``. */
  readonly message: string;
  /** What to do, e.g. an `ALTER TABLE` or "choose other tables with --table". */
  readonly next: string;
}
