import { TIMESTAMP_COLUMNS } from "@sync/model";
import type { Conflict, ConflictKind, Row, SqlValue } from "@sync/model";
import fc from "fast-check";
import { CONFLICT_KINDS } from "../conflict-kinds.ts";
import { shapeConflict } from "./shape-conflict.ts";
import type { Chance, Images, Table } from "./shape-conflict.ts";
import { timesLike, valuesLike } from "./values-like.ts";

/** The table whose conflicts a resolver decides, by example. */
export interface TableExample {
  /** Rows with all the table's columns; values of the same storage classes are made up. */
  readonly rows: readonly Row[];
  /** Default `items`. */
  readonly table?: string;
  /** The key columns. Default `id`, else the first column. */
  readonly key?: readonly string[];
  /** Default `updated_at` or `modified_at`, where the rows have it. */
  readonly timestampColumn?: string | null;
  /** Default: all of them. */
  readonly kinds?: readonly ConflictKind[];
}

/** Every kind of conflict that the engine can put to a policy, in a table like the example. */
export function conflictsLike(example: TableExample): fc.Arbitrary<Conflict> {
  const table = readExample(example);
  const kinds = example.kinds ?? CONFLICT_KINDS;
  return fc
    .record({ images: imagesLike(table), kind: fc.constantFrom(...kinds), chance: chances })
    .map((ingredients) => shapeConflict(table, ingredients))
    .filter((conflict) => conflict.disputed.length > 0);
}

function readExample({ rows, table = "items", ...given }: TableExample): Table {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const [first] = columns;
  if (first === undefined) throw new TypeError("The example needs a row with columns.");
  const key = given.key ?? [columns.includes("id") ? "id" : first];
  const found = TIMESTAMP_COLUMNS.find((column) => columns.includes(column)) ?? null;
  const { timestampColumn = found } = given;
  return { name: table, columns, key, timestampColumn, rows };
}

function imagesLike(table: Table): fc.Arbitrary<Images> {
  const columns = table.columns.map((column) => imagesOfColumn(table, column));
  return fc.tuple(...columns).map((values) => {
    const row = (index: number): Row =>
      Object.fromEntries(table.columns.map((column, at) => [column, values[at]?.[index] ?? null]));
    const base = row(0);
    const key = Object.fromEntries(table.key.map((column) => [column, base[column] ?? null]));
    return { key, base, a: row(1), b: row(2) };
  });
}

/** A column's value in the base, in `a` and in `b`: of a key the same one, else often changed on one side only. */
function imagesOfColumn(table: Table, column: string): fc.Arbitrary<readonly SqlValue[]> {
  const examples = table.rows.map((row) => row[column] ?? null);
  if (table.key.includes(column)) {
    const present = examples.filter((example) => example !== null);
    return valuesLike(present.length === 0 ? [1n] : present).map((value) => [value, value, value]);
  }
  if (column === table.timestampColumn) return timesLike(examples);
  const value = valuesLike(examples);
  return fc
    .tuple(value, value, value, fc.constantFrom("a", "b", "both", "both", "none"))
    .map(([base, a, b, changed]) => [
      base,
      changed === "a" || changed === "both" ? a : base,
      changed === "b" || changed === "both" ? b : base,
    ]);
}

const chances: fc.Arbitrary<Chance> = fc.record({
  side: fc.constantFrom("a", "b"),
  shape: fc.constantFrom("insert", "update", "delete", "merge"),
  hasBase: fc.boolean(),
  generatedKey: fc.boolean(),
  clockSkew: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant("The newest times of the two sides are 3 hours apart.") },
  ),
});
