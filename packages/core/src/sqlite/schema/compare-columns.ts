import { isSameName } from "../identifier.ts";
import { addColumn } from "./add-column.ts";
import { normalizedSql } from "./normalize.ts";
import type { Column, GeneratedColumn, Table } from "./types.ts";

/** A difference between the columns of two tables; `next` only where something special helps. */
export interface ColumnDifference {
  readonly kind: "column" | "affinity" | "collation" | "not-null" | "generated";
  /** The column. */
  readonly subject: string;
  readonly onlyIn: "a" | "b" | null;
  readonly message: string;
  readonly next?: string;
}

/** The side that has a column, and the table that lacks it. */
interface Place {
  readonly strictDiffers: boolean;
  readonly here: "a" | "b";
  readonly there: "a" | "b";
  readonly lacking: Table;
}

/** Compares the columns of two tables by name; their order means nothing. */
export function compareColumns(a: Table, b: Table): ColumnDifference[] {
  const strictDiffers = a.strict !== b.strict;
  const ownOfA = { here: "a", there: "b", lacking: b, strictDiffers } as const;
  const ownOfB = { here: "b", there: "a", lacking: a, strictDiffers } as const;
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

function onlyHere(column: Column, place: Place): ColumnDifference {
  const { name } = column;
  const { here, there, lacking } = place;
  if (columnNamed(lacking.generated, name)) {
    const message = `column \`${name}\` is stored in ${here} and generated in ${there}`;
    return { kind: "generated", subject: name, onlyIn: null, message };
  }
  return absence(column, place);
}

/** Where the other side stores the column, `onlyHere` has said so from that side. */
function generatedOnlyHere(column: GeneratedColumn, place: Place): ColumnDifference[] {
  return columnNamed(place.lacking.columns, column.name) ? [] : [absence(column, place)];
}

function absence(
  column: Column | GeneratedColumn,
  { here, there, lacking, strictDiffers }: Place,
): ColumnDifference {
  const difference = {
    kind: "column",
    subject: column.name,
    onlyIn: here,
    message: `column \`${column.name}\` is only in ${here}`,
  } as const;
  // Nobody looked whether there are rows: what holds with rows holds without them, too.
  const added = addColumn(lacking.name, column, { hasRows: true, strictDiffers });
  return added.type === "refused"
    ? difference
    : { ...difference, next: `In ${there}: \`${added.sql};\`` };
}

function compareStored(a: Column, b: Column, isStrict: boolean): ColumnDifference[] {
  const notNull = (column: Column): string => (column.notNull ? "NOT NULL" : "without NOT NULL");
  const anyOrBlob = (column: Column): string => (column.mixedClasses === "any" ? "ANY" : "BLOB");
  return [
    ...compareValues({ kind: "affinity", subject: a.name }, "", a.affinity, b.affinity),
    ...compareValues({ kind: "collation", subject: a.name }, "COLLATE ", a.collation, b.collation),
    ...compareValues({ kind: "not-null", subject: a.name }, "", notNull(a), notNull(b)),
    // ANY and BLOB of STRICT tables have the same affinity, but do not take the same values.
    ...(isStrict && a.affinity === "BLOB" && b.affinity === "BLOB"
      ? compareValues({ kind: "affinity", subject: a.name }, "", anyOrBlob(a), anyOrBlob(b))
      : []),
  ];
}

function compareGenerated(
  a: GeneratedColumn,
  b: GeneratedColumn,
  table: Table,
): ColumnDifference[] {
  const isSame = normalizedSql(a.expression, table) === normalizedSql(b.expression, table);
  const [ofA, ofB] = [`(${a.expression})`, `(${b.expression})`];
  return [
    ...compareValues({ kind: "affinity", subject: a.name }, "", a.affinity, b.affinity),
    ...(isSame
      ? []
      : compareValues({ kind: "generated", subject: a.name }, "generated AS ", ofA, ofB)),
  ];
}

/** ``column `vat` is REAL in a and TEXT in b``, unless they are equal. */
function compareValues(
  about: Pick<ColumnDifference, "kind" | "subject">,
  what: string,
  a: string,
  b: string,
): ColumnDifference[] {
  const message = `column \`${about.subject}\` is ${what}${a} in a and ${what}${b} in b`;
  return a === b ? [] : [{ ...about, onlyIn: null, message }];
}
