import { anyOf, qualified } from "./expressions.ts";
import { hasGeneratedKey } from "./generated-key.ts";
import { isSameName, quoteName } from "./identifier.ts";
import { isKeyed } from "./plan-tables.ts";
import type { ForeignKey, Table } from "./schema/types.ts";
import { CONTROL as C } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** A table at one end of a foreign key; `shape` is `null` where it is not part of the run. */
export interface Member {
  readonly table: Table;
  /** On the side, as an SQL name. */
  readonly name: string;
  readonly shape: Shape | null;
}

export interface Reference {
  readonly child: Member;
  readonly parent: Member;
  readonly key: ForeignKey;
}

/**
 * A condition: planned row `alias` waits in the inbox, or is held by a direction, and is two different rows under one key, which was handed out twice
 * or holds one that was. `null` where a table's keys are never such.
 */
export function disputedRow(
  shape: Shape,
  alias: string,
  all: readonly Reference[],
  above: readonly Shape[] = [],
): string | null {
  if (!isKeyed(shape) || above.includes(shape)) return null;
  const waits = `${alias}.${C.outcome} IN ('park', 'held') AND ${areTwoNew(alias)}`;
  if (hasGeneratedKey(shape.table)) return waits;
  const up = `${alias}q`;
  const parents = all.flatMap((reference) => {
    const [parent, toKey] = [reference.parent.shape, keyPartOf(reference)];
    if (reference.child.shape !== shape || parent === null || toKey === null) return [];
    const isTwo = isPartOfKey(toKey) ? disputedRow(parent, up, all, [...above, shape]) : null;
    if (isTwo === null) return [];
    return [
      `EXISTS (SELECT 1 FROM ${parent.work.plan} AS ${up} WHERE ${isTwo} AND ${pointsAt(toKey, up, alias)})`,
    ];
  });
  return parents.length === 0 ? null : `${waits} AND ${anyOf(parents)}`;
}

/** Both sides have the row, and the base has not. */
export function areTwoNew(alias: string): string {
  return `${alias}.${C.didA} = '+' AND ${alias}.${C.didB} = '+'`;
}

/** What of a foreign key is to the parent's own key, `UNIQUE (id, tenant)` being to the `id` as well; `null`: nothing. */
export function keyPartOf(reference: Reference): Reference | null {
  const { key, parent } = reference;
  const isInKey = key.parentColumns.map((name) =>
    parent.table.key.some((part) => isSameName(part.name, name)),
  );
  if (!isInKey.includes(true)) return null;
  const part = (names: readonly string[]): string[] => names.filter((_, at) => isInKey[at]);
  return {
    ...reference,
    key: { ...key, columns: part(key.columns), parentColumns: part(key.parentColumns) },
  };
}

/** The child's own key holds the parent's. */
export function isPartOfKey({ key, child }: Reference): boolean {
  return key.columns.some((name) => child.table.key.some((part) => isSameName(part.name, name)));
}

/**
 * The parent's columns equal the child's as SQLite compares them for a foreign key (foreignkeys.html §3):
 * the parent's affinity and collation count, so the child's are stripped.
 */
export function pointsAt({ key, parent }: Reference, x: string, child: string): string {
  return key.parentColumns
    .map(
      (name, i) =>
        `${qualified(name, x)} = +${qualified(key.columns[i] ?? "", child)}${collationOf(parent.table, name)}`,
    )
    .join(" AND ");
}

/** The collation of the index that makes the parent's column unique. */
export function collationOf(parent: Table, column: string): string {
  const inKey = parent.key.find(({ name }) => isSameName(name, column));
  const inUnique = parent.uniqueIndexes
    .flatMap((index) => index.parts)
    .find((part) => part.column !== null && isSameName(part.column, column));
  const collation = inKey?.collation ?? inUnique?.collation;
  return collation === undefined ? "" : ` COLLATE ${quoteName(collation)}`;
}
