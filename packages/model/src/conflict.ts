import type { Key, Row } from "./values.ts";

/** The two databases of a pair. */
export type Side = "a" | "b";

/** The other side of a pair. */
export function otherSide(side: Side): Side {
  return side === "a" ? "b" : "a";
}

/** Why a row could not simply be copied (DESIGN §6). */
export type ConflictKind =
  | "update/update"
  | "insert/insert"
  | "update/delete"
  | "unique"
  | "foreign-key"
  | "check"
  | "not-null"
  | "type";

/** One row on which both sides disagree, as a policy sees it. */
export interface Conflict {
  readonly table: string;
  readonly key: Key;
  readonly kind: ConflictKind;
  /** The row when both sides last agreed; `null` where it did not exist then, or nothing is known. */
  readonly base: Row | null;
  /** The row on side `a` now; `null` where it is gone. */
  readonly a: Row | null;
  /** The row on side `b` now; `null` where it is gone. */
  readonly b: Row | null;
  /** The columns both sides changed to different values; for whole-row conflicts, every column that differs. */
  readonly disputed: readonly string[];
  /** The column that carries the row's time of change, or `null` where the table has none. */
  readonly timestampColumn: string | null;
  /** The key is one that SQLite hands out (INTEGER PRIMARY KEY): two inserts are most likely two different rows. */
  readonly generatedKey: boolean;
  /** A base exists for this table; without one an edited row looks like two new ones. */
  readonly hasBase: boolean;
  /** For the kinds that are named after a constraint: which one, and the row in the way; else `null`. */
  readonly constraint: BrokenConstraint | null;
  /** Why this table's timestamps must not decide in this run, as a sentence; `null` where they may. */
  readonly clockSkew: string | null;
}

/**
 * What stands in the way of a row. To `take` the side that the row came from leaves the row as it is
 * and lets the rival give way, if a policy decides so about it; else both are parked.
 */
export interface BrokenConstraint {
  /** In words, e.g. ``UNIQUE (`email`)``. */
  readonly text: string;
  /** The side on which the row would break it. */
  readonly side: Side;
  /** The row that has the unique value already, the missing parent, or a child that would lose its parent. */
  readonly rival: Rival | null;
}

/** The row at the other end of a broken constraint: what base and sides hold under its key. */
export interface Rival {
  readonly table: string;
  readonly key: Key;
  readonly base: Row | null;
  readonly a: Row | null;
  readonly b: Row | null;
}

/** What a policy answers. `reason` is one sentence for the log, the ledger and the inbox. */
export type Decision =
  /** The side's disputed columns win (for whole-row conflicts: its row, or its absence). */
  | { readonly type: "take"; readonly side: Side; readonly reason?: string }
  /** This row is written to both sides. Columns left out keep what is not in dispute. */
  | { readonly type: "write"; readonly row: Row; readonly reason?: string }
  /** The row is deleted on both sides. */
  | { readonly type: "delete"; readonly reason?: string }
  /**
   * The sides gave one generated key to two different rows: both are kept, and the row of `side` gets a
   * fresh key, which every reference to it on that side follows. Only for `insert/insert`.
   */
  | { readonly type: "rekey"; readonly side: Side; readonly reason?: string }
  /** Both sides are left untouched and the conflict goes to the inbox. */
  | { readonly type: "park"; readonly reason?: string; readonly cause?: ParkCause };

/**
 * Why a policy parked, for machines. `failed`: it could not answer this time (it threw, or took too
 * long), so that the next run asks it again. `invalid`: it answered something that cannot be carried
 * out. `clock-skew`: the timestamps could not be trusted.
 */
export type ParkCause = "failed" | "invalid" | "clock-skew";

/** What a policy may use besides the conflict itself. */
export interface PolicyContext {
  /** The run's idea of now, in milliseconds since the epoch; the same for every conflict of a run. */
  readonly nowMs: number;
}

/** A policy's answer; `undefined` means park. */
export type Answer = Decision | undefined;

/**
 * Decides conflicts. Policies run before any lock is taken and may be asynchronous.
 *
 * The same conflict must get the same answer every time, and with `a` and `b` swapped the swapped
 * answer, unless the policy is named after a side.
 */
export interface Policy {
  /** Stands in reports, the ledger and the inbox, e.g. `last-write-wins`. */
  readonly name: string;
  /** A conflict that was parked is asked again when `name` or `version` changes. */
  readonly version?: string;
  /**
   * `true` where the answer adds something up or makes something new, as `sum` and `rekey` do, or goes by
   * the name of a side: in pairs that form a ring it would come around and be applied twice, or versions
   * would follow each other for ever. Default `false`.
   */
  readonly needsTree?: boolean;
  /**
   * @param conflict - the row as base, `a` and `b` hold it; must not be changed
   * @returns the decision, or `undefined` to park
   */
  decide(conflict: Conflict, context: PolicyContext): Answer | Promise<Answer>;
}
