import type { Conflict, Decision, Policy, SqlValue } from "@sync/model";
import { sameValue } from "@sync/model";
import { park, quoted } from "../decisions.ts";

/** One disputed column of a row that both sides changed: its value when they last agreed, and both values now. */
export interface ColumnValues {
  readonly base: SqlValue;
  readonly a: SqlValue;
  readonly b: SqlValue;
}

/** The column's value on both sides, or why it cannot be told, in words that stand after `The column "x"`. */
export type ColumnAnswer = { readonly value: SqlValue } | { readonly problem: string };

/** A policy that makes one value out of two, column by column, and never looks at the rest of the row. */
export interface ColumnRule extends Policy {
  /** Gives the same answer when `a` and `b` are swapped. */
  mergeColumn(values: ColumnValues): ColumnAnswer;
}

/** What makes a column rule. */
export interface ColumnRuleDefinition {
  readonly name: string;
  readonly version: string;
  readonly needsTree?: boolean;
  /** Makes one value of two; asked for each disputed column. */
  readonly mergeColumn: (values: ColumnValues) => ColumnAnswer;
}

/**
 * Makes a policy of a rule for single columns. It decides about rows that both sides changed
 * (`update/update`) where it has an answer for every disputed column, and parks everything else.
 */
export function createColumnRule(definition: ColumnRuleDefinition): ColumnRule {
  const { name } = definition;
  return {
    ...definition,
    decide: (conflict) => mergeColumns(conflict, name, definition.mergeColumn),
  };
}

/** Tells a column rule from a policy for whole rows. */
export function isColumnRule(policy: Policy): policy is ColumnRule {
  return "mergeColumn" in policy && typeof policy.mergeColumn === "function";
}

function mergeColumns(
  conflict: Conflict,
  name: string,
  mergeColumn: ColumnRuleDefinition["mergeColumn"],
): Decision {
  const { kind, base, a, b, key, disputed } = conflict;
  if (kind !== "update/update" || base === null || a === null || b === null) {
    return park(`The policy ${name} decides only about columns of a row that both sides changed.`);
  }
  // The key is left out: columns that are not given keep what is not in dispute, its spelling included.
  const row: Record<string, SqlValue> = {};
  for (const column of disputed) {
    if (Object.hasOwn(key, column)) return park(keyReason(column, name));
    const values = { base: valueOf(base[column]), a: valueOf(a[column]), b: valueOf(b[column]) };
    const answer = mergeVisible(values, mergeColumn);
    if ("problem" in answer) return park(`The column ${quoted(column)} ${answer.problem}.`);
    row[column] = answer.value;
  }
  return { type: "write", row, reason: `The policy ${name} merges ${named(disputed)}.` };
}

function valueOf(value: SqlValue | undefined): SqlValue {
  return value ?? null;
}

/** Two texts in dispute that look the same differ in bytes that JavaScript cannot show. */
function mergeVisible(
  values: ColumnValues,
  mergeColumn: ColumnRuleDefinition["mergeColumn"],
): ColumnAnswer {
  if (!sameValue(values.a, values.b)) return mergeColumn(values);
  if (hidesBytes(values.a)) return { problem: "holds text that is not valid UTF-8" };
  return { value: values.a };
}

/** U+FFFD stands for bytes that are not UTF-8 (see `SqlValue`): such a text cannot be taken apart here. */
export function hidesBytes(value: SqlValue): boolean {
  return typeof value === "string" && value.includes("\u{FFFD}");
}

function keyReason(column: string, name: string): string {
  return `The column ${quoted(column)} belongs to the key, which ${name} must not change.`;
}

function named(columns: readonly string[]): string {
  return columns.map((column) => quoted(column)).join(", ");
}
