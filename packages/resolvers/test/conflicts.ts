import type { Conflict, ConflictKind, Row } from "@sync/model";
import fc from "fast-check";

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

/** The same conflict seen from the other side. */
export function swapped(conflict: Conflict): Conflict {
  return { ...conflict, a: conflict.b, b: conflict.a };
}

const timestamps = fc.oneof(
  fc.constantFrom(
    null,
    "yesterday",
    "2024-02-30 00:00:00",
    0n,
    1714557600n,
    1714557600000n,
    "2024-05-01T10:00:00Z",
  ),
  fc.integer({ min: NOW_MS - 1_000_000, max: NOW_MS + 1_000_000 }).map(BigInt),
  fc.integer({ min: NOW_MS - 1_000_000, max: NOW_MS + 1_000_000 }).map((ms) => ms / 1000),
  fc
    .integer({ min: NOW_MS - 1_000_000, max: NOW_MS + 1_000_000 })
    .map((ms) => new Date(ms).toISOString()),
);

const rows = fc.tuple(fc.string(), timestamps).map(([body, updatedAt]) => note(body, updatedAt));

/** Conflicts of every kind with every sort of timestamp; at least one side has a row. */
export const conflicts: fc.Arbitrary<Conflict> = fc
  .record({
    kind: fc.constantFrom(...VERSION_KINDS, ...CONSTRAINT_KINDS),
    base: fc.option(rows),
    a: fc.option(rows, { freq: 4 }),
    b: fc.option(rows, { freq: 4 }),
    timestampColumn: fc.constantFrom("updated_at", "updated_at", null),
    generatedKey: fc.boolean(),
    hasBase: fc.boolean(),
    constraint: fc.constant(null),
    clockSkew: fc.constant(null),
  })
  .filter(({ a, b }) => a !== null || b !== null)
  .map((changes) => noteConflict(changes));
