import type { Conflict, Decision, PolicyContext, Row, Side, SqlValue } from "@sync/model";

/** What a row type must look like: known columns, each an SQLite value. Interfaces fit as well as types. */
export type RowShape<R> = { readonly [Column in keyof R]: SqlValue };

/** A conflict whose three rows have the columns of `R`. */
export interface ConflictOf<R> extends Omit<Conflict, "base" | "a" | "b"> {
  readonly base: R | null;
  readonly a: R | null;
  readonly b: R | null;
}

/** What a merge function may use besides the conflict. */
export interface MergeContext extends PolicyContext {
  /** Fires when the time is up, so that a request under way can be given up. */
  readonly signal: AbortSignal;
}

/**
 * What a merge function may return: a decision; a row with its key, to be written to both sides;
 * `"a"` or `"b"`, to take that side; `undefined`, to leave the conflict to a person.
 *
 * An object that holds the conflict's key is read as a row, even if the table has a column `type`.
 */
export type MergeAnswer<R = Row> = Decision | Partial<R> | Side | undefined;

/** Decides one conflict. It gets frozen copies, so it cannot change what others see. */
export type MergeFunction<R = Row> = (
  conflict: ConflictOf<R>,
  context: MergeContext,
) => MergeAnswer<R> | Promise<MergeAnswer<R>>;
