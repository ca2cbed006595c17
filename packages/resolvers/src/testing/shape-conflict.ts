import { otherSide, sameRow, sameValue } from "@sync/model";
import type { BrokenConstraint, Conflict, ConflictKind, Key, Row, Side } from "@sync/model";

/** The table that conflicts are made up for. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly timestampColumn: string | null;
  readonly rows: readonly Row[];
}

/** Three rows under one key that need not have anything else in common, and whose value each column takes. */
export interface Images {
  readonly key: Key;
  readonly base: Row;
  readonly a: Row;
  readonly b: Row;
}

/** What the rows do not tell. */
export interface Chance {
  readonly side: Side;
  readonly shape: "insert" | "update" | "delete" | "merge";
  readonly hasBase: boolean;
  readonly generatedKey: boolean;
  readonly clockSkew: string | null;
}

/** What chance has brought for one conflict. */
export interface Ingredients {
  readonly images: Images;
  readonly kind: ConflictKind;
  readonly chance: Chance;
}

type Versions = Pick<Conflict, "base" | "a" | "b" | "constraint" | "disputed" | "hasBase">;

/** Makes a conflict of a kind out of three rows; with nothing in dispute where they do not differ as they should. */
export function shapeConflict(table: Table, ingredients: Ingredients): Conflict {
  const { images, kind, chance } = ingredients;
  return {
    kind,
    table: table.name,
    key: images.key,
    timestampColumn: table.timestampColumn,
    generatedKey: chance.generatedKey && table.key.length === 1,
    clockSkew: chance.clockSkew,
    ...versionsOf(table, ingredients),
  };
}

function versionsOf(table: Table, { images, kind, chance }: Ingredients): Versions {
  const { base, a, b } = images;
  const { side, hasBase } = chance;
  const whole = { constraint: null, disputed: table.columns, hasBase: true };
  switch (kind) {
    case "update/update":
      return { ...whole, base, a, b, disputed: disputedColumns(table, images) };
    case "insert/insert":
      return { ...whole, base: null, a, b, disputed: differing(table, a, b), hasBase };
    case "update/delete":
      if (sameRow(images[side], base)) return { ...whole, base, a, b, disputed: [] };
      return { ...whole, ...onOneSide(side, images[side], null), base };
    case "unique":
    case "foreign-key":
    case "check":
    case "not-null":
    case "type":
      return { ...whole, ...brokenRow(table, { images, kind, chance }) };
  }
}

/** A change of one side, or the merged row of two, that would break a constraint. */
function brokenRow(
  table: Table,
  { images, kind, chance }: Ingredients,
): Pick<Conflict, "base" | "a" | "b" | "constraint"> {
  const { side, shape } = chance;
  const constraint = constraintOf(table, { images, kind, chance });
  const changed = images[side];
  switch (shape) {
    case "insert":
      return { constraint, base: null, ...onOneSide(side, changed, null) };
    case "update":
      return { constraint, base: images.base, ...onOneSide(side, changed, images.base) };
    case "delete":
      return { constraint, base: images.base, ...onOneSide(side, null, images.base) };
    case "merge":
      return { constraint, base: images.base, a: images.a, b: images.b };
  }
}

function constraintOf(table: Table, { images, kind, chance }: Ingredients): BrokenConstraint {
  const side = otherSide(chance.side);
  const hasRival = kind === "unique" || kind === "foreign-key";
  const rival = {
    table: kind === "unique" ? table.name : "parents",
    key: images.key,
    base: null,
    ...onOneSide(side, images.base, null),
  };
  return { text: kind.toUpperCase(), side, rival: hasRival ? rival : null };
}

function onOneSide(
  side: Side,
  there: Row | null,
  elsewhere: Row | null,
): Pick<Conflict, "a" | "b"> {
  return side === "a" ? { a: there, b: elsewhere } : { a: elsewhere, b: there };
}

function disputedColumns(table: Table, { base, a, b }: Images): string[] {
  const changed = (row: Row, column: string): boolean =>
    !sameValue(row[column] ?? null, base[column] ?? null);
  return differing(table, a, b).filter(
    (column) => column !== table.timestampColumn && changed(a, column) && changed(b, column),
  );
}

function differing(table: Table, a: Row, b: Row): string[] {
  return table.columns.filter((column) => !sameValue(a[column] ?? null, b[column] ?? null));
}
