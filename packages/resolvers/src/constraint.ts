import type { ConflictKind } from "@sync/model";

const CONSTRAINT_REASONS: Partial<Record<ConflictKind, string>> = {
  unique: "Copying the row would repeat a value that must be unique on the other side.",
  "foreign-key": "Copying the row would leave a reference to a row that does not exist.",
  check: "The row does not pass a CHECK constraint of the other side.",
  "not-null": "The row has no value in a column that must have one on the other side.",
  type: "The row holds a value of a type that the other side's column does not take.",
};

/**
 * Why a row that breaks a constraint needs a person; `null` for conflicts of another kind.
 *
 * Such a conflict is about a change that only one side made, and often about a second row as well.
 * Taking a side would either break the constraint or throw away an edit that nobody contradicted.
 */
export function constraintReason(kind: ConflictKind): string | null {
  return CONSTRAINT_REASONS[kind] ?? null;
}
