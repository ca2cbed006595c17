import { isSameName, quoteName } from "../identifier.ts";
import { normalizedSql } from "./normalize.ts";
import { isKeyword } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Column, GeneratedColumn, Table } from "./types.ts";

/** A difference between the columns of two tables; `next` only where something special helps. */
export interface ColumnDifference {
  readonly message: string;
  readonly next?: string;
}

/** The side that has a column, and the table that lacks it. */
interface Place {
  readonly here: "a" | "b";
  readonly there: "a" | "b";
  readonly lacking: Table;
}

/** Compares the columns of two tables by name; their order means nothing. */
export function compareColumns(a: Table, b: Table): ColumnDifference[] {
  const ownOfA = { here: "a", there: "b", lacking: b } as const;
  const ownOfB = { here: "b", there: "a", lacking: a } as const;
  return [
    ...a.columns.flatMap((column) => {
      const other = columnNamed(b.columns, column.name);
      return other === undefined
        ? [onlyHere(column, ownOfA)]
        : compareStored(column, other, a.strict && b.strict);
    }),
    ...b.columns.flatMap((column) =>
      columnNamed(a.columns, column.name) ? [] : [onlyHere(column, ownOfB)],
    ),
    ...a.generated.flatMap((column) => {
      const other = columnNamed(b.generated, column.name);
      return other === undefined
        ? generatedOnlyHere(column, ownOfA)
        : compareGenerated(column, other, a);
    }),
    ...b.generated.flatMap((column) =>
      columnNamed(a.generated, column.name) ? [] : generatedOnlyHere(column, ownOfB),
    ),
  ];
}

function columnNamed<Named extends { readonly name: string }>(
  columns: readonly Named[],
  name: string,
): Named | undefined {
  return columns.find((column) => isSameName(column.name, name));
}

function onlyHere({ name, definition }: Column, { here, there, lacking }: Place): ColumnDifference {
  if (columnNamed(lacking.generated, name)) {
    return { message: `column \`${name}\` is stored in ${here} and generated in ${there}` };
  }
  return absence(name, definition, { here, there, lacking });
}

/** Where the other side stores the column, `onlyHere` has said so from that side. */
function generatedOnlyHere(
  { name, definition }: GeneratedColumn,
  place: Place,
): ColumnDifference[] {
  return columnNamed(place.lacking.columns, name) ? [] : [absence(name, definition, place)];
}

function absence(
  name: string,
  definition: string,
  { here, there, lacking }: Place,
): ColumnDifference {
  const message = `column \`${name}\` is only in ${here}`;
  if (!canBeAdded(definition)) return { message };
  return {
    message,
    next: `In ${there}: \`ALTER TABLE ${quoteName(lacking.name)} ADD COLUMN ${definition};\``,
  };
}

/** What ADD COLUMN takes (https://www.sqlite.org/lang_altertable.html#altertabaddcol); empty: a virtual table's. */
function canBeAdded(definition: string): boolean {
  const tokens = tokenize(definition);
  const has = (keyword: string): boolean => tokens.some((token) => isKeyword(token, keyword));
  const isNotNull = tokens.some(
    (token, index) => isKeyword(token, "not") && isKeyword(tokens[index + 1], "null"),
  );
  if (tokens.length === 0 || has("primary") || has("unique") || has("stored")) return false;
  return !isNotNull || has("default") || has("as");
}

function compareStored(a: Column, b: Column, isStrict: boolean): ColumnDifference[] {
  return [
    ...compareValues(a.name, "", a.affinity, b.affinity),
    ...compareValues(a.name, "COLLATE ", a.collation, b.collation),
    ...compareValues(
      a.name,
      "",
      a.notNull ? "NOT NULL" : "without NOT NULL",
      b.notNull ? "NOT NULL" : "without NOT NULL",
    ),
    // ANY and BLOB of STRICT tables have the same affinity, but do not take the same values.
    ...(isStrict && a.affinity === "BLOB" && b.affinity === "BLOB"
      ? compareValues(
          a.name,
          "",
          a.mixedClasses === "any" ? "ANY" : "BLOB",
          b.mixedClasses === "any" ? "ANY" : "BLOB",
        )
      : []),
  ];
}

function compareGenerated(
  a: GeneratedColumn,
  b: GeneratedColumn,
  table: Table,
): ColumnDifference[] {
  return [
    ...compareValues(a.name, "", a.affinity, b.affinity),
    ...(normalizedSql(a.expression, table) === normalizedSql(b.expression, table)
      ? []
      : compareValues(a.name, "generated AS ", `(${a.expression})`, `(${b.expression})`)),
  ];
}

/** ``column `vat` is REAL in a and TEXT in b``, unless they are equal. */
function compareValues(column: string, what: string, a: string, b: string): ColumnDifference[] {
  return a === b
    ? []
    : [{ message: `column \`${column}\` is ${what}${a} in a and ${what}${b} in b` }];
}
