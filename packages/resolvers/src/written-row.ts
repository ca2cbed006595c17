import type { Conflict, Row } from "@sync/model";
import { sameValue } from "@sync/model";

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/**
 * The row names the conflict's key. Any version's spelling of it counts: in a NOCASE key `'Ada'` and
 * `'ada'` are one key. `7` is not `7n`: an INTEGER is a bigint.
 */
export function holdsKey(row: Readonly<Record<string, unknown>>, conflict: Conflict): boolean {
  const versions = versionsOf(conflict);
  const columns = Object.keys(conflict.key);
  return (
    columns.length > 0 &&
    columns.every((column) => {
      const value = Object.hasOwn(row, column) ? row[column] : undefined;
      return versions.some(
        (version) => isStorable(value) && sameValue(value, version[column] ?? null),
      );
    })
  );
}

/** Why this row cannot be written, in words that stand after `The policy "x"`; `null` when it can. */
export function rowProblem(
  row: Readonly<Record<string, unknown>>,
  conflict: Conflict,
): string | null {
  const versions = versionsOf(conflict);
  for (const [column, value] of Object.entries(row)) {
    const name = JSON.stringify(column);
    if (!versions.some((version) => Object.hasOwn(version, column))) {
      return `answered with a row that has a column ${name}, which the table does not have`;
    }
    if (!isStorable(value))
      return `answered with a row whose column ${name} holds ${described(value)}`;
  }
  const missing = conflict.disputed.find(
    (column) => mustBeGiven(column, conflict) && !Object.hasOwn(row, column),
  );
  return missing === undefined
    ? null
    : `answered with a row without ${JSON.stringify(missing)}, which is in dispute`;
}

/** With two versions at hand, a disputed column that is left out would have to be guessed. */
function mustBeGiven(column: string, conflict: Conflict): boolean {
  return conflict.a !== null && conflict.b !== null && column !== conflict.timestampColumn;
}

function versionsOf(conflict: Conflict): readonly Row[] {
  return [conflict.key, conflict.a, conflict.b, conflict.base].filter(
    (version) => version !== null,
  );
}

function isStorable(value: unknown): value is Row[string] {
  if (typeof value === "bigint") return value >= MIN_INTEGER && value <= MAX_INTEGER;
  // SQLite has no NaN: it would become NULL without a word.
  if (typeof value === "number") return !Number.isNaN(value);
  return value === null || typeof value === "string" || value instanceof Uint8Array;
}

function described(value: unknown): string {
  if (typeof value === "bigint") return "an integer of more than 64 bits";
  if (Number.isNaN(value)) return "NaN";
  return `a value that SQLite cannot store (${typeof value})`;
}
