import type { SchemaDifference } from "../types.ts";

/**
 * One thing that makes a side's schema more like the other's. `create-…` and `add-column` only add, and are
 * what `--apply` runs. `rebuild` and `replace` change what exists: they are advice, never run.
 */
export interface LevelStep {
  readonly type:
    | "create-table"
    | "add-column"
    | "create-index"
    | "create-view"
    | "create-trigger"
    | "rebuild"
    | "replace";
  /** The table it is about; a view's step has the view's name. */
  readonly table: string;
  /** The column, index, view or trigger; `null`: the table itself. */
  readonly subject: string | null;
  /** Statements without their semicolon, in order. */
  readonly sql: readonly string[];
  /** What a person should know before; empty where there is nothing. */
  readonly note: string;
}

/** A step that only adds, and the differences that are gone after it. */
export interface AddingStep extends LevelStep {
  readonly type: "create-table" | "add-column" | "create-index" | "create-view" | "create-trigger";
  readonly mends: readonly SchemaDifference[];
}

/** The order in which steps can be carried out: a trigger may be on a view, an index over a new column. */
export const STEP_ORDER: readonly LevelStep["type"][] = [
  "create-table",
  "add-column",
  "create-index",
  "create-view",
  "create-trigger",
  "rebuild",
  "replace",
];

/** What levelling is asked: the differences of `a` and `b`, and which side is made more like the other. */
export interface Levelling<Whole> {
  readonly differences: readonly SchemaDifference[];
  /** The side to be changed. */
  readonly to: Whole;
  /** The other one. */
  readonly from: Whole;
  /** Which of a and b `from` is. */
  readonly fromSide: "a" | "b";
}
