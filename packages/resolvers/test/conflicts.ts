import type { BrokenConstraint, Conflict, ConflictKind, Row } from "@sync/model";

/** The run's now in these tests: 2024-05-01 12:00:00 UTC. */
export const NOW_MS: number = Date.UTC(2024, 4, 1, 12);

export const VERSION_KINDS: readonly ConflictKind[] = [
  "update/update",
  "insert/insert",
  "update/delete",
];

export const CONSTRAINT_KINDS: readonly ConflictKind[] = [
  "unique",
  "foreign-key",
  "check",
  "not-null",
  "type",
];

/** Two edits of the note 7; `a` at 10:00, `b` at 11:00. */
export function noteConflict(changes: Partial<Conflict> = {}): Conflict {
  return {
    table: "notes",
    key: { id: 7n },
    kind: "update/update",
    base: note("milk", "2024-05-01 09:00:00"),
    a: note("milk and bread", "2024-05-01 10:00:00"),
    b: note("oat milk", "2024-05-01 11:00:00"),
    disputed: ["body"],
    timestampColumn: "updated_at",
    generatedKey: true,
    hasBase: true,
    constraint: null,
    clockSkew: null,
    ...changes,
  };
}

export function note(body: string, updatedAt: Row[string]): Row {
  return { id: 7n, body, updated_at: updatedAt };
}

/** Side `a`'s note 7 would repeat something on side b. */
export const onSideB: BrokenConstraint = { text: "UNIQUE (`body`)", side: "b", rival: null };
