import { foldName, isSameName } from "../identifier.ts";
import { compareColumns } from "./compare-columns.ts";
import { normalizedSql } from "./normalize.ts";
import type { ForeignKey, KeyColumn, SchemaDifference, Table, UniqueIndex } from "./types.ts";

const REBUILD =
  "Rebuild the table on one side by the other's definition, or choose other tables with `--table`.";

/** What keeps a table that both sides have from being synced. */
export function compareTables(a: Table, b: Table): SchemaDifference[] {
  if (a.kind !== b.kind)
    return [difference(a, `it is ${kindInWords(a)} in a and ${kindInWords(b)} in b`)];
  return [
    ...(a.strict === b.strict
      ? []
      : [
          difference(
            a,
            `it is STRICT in ${a.strict ? "a" : "b"}, but not in ${a.strict ? "b" : "a"}`,
          ),
        ]),
    ...compareColumns(a, b).map(({ message, next }) => difference(a, message, next ?? REBUILD)),
    ...compareKeys(a, b),
    ...compareLists(a, uniqueTexts(a), uniqueTexts(b), (text) => `UNIQUE (${text})`),
    ...compareLists(a, checkTexts(a), checkTexts(b), (text) => `CHECK (${text})`),
    ...compareLists(
      a,
      a.foreignKeys.map(foreignKeyText),
      b.foreignKeys.map(foreignKeyText),
      (text) => `FOREIGN KEY ${text}`,
    ),
    ...compareLists(
      a,
      a.conflictClauses,
      b.conflictClauses,
      (text) => `the clause ${text.toUpperCase()}`,
    ),
  ];
}

function difference({ name }: Table, what: string, next: string = REBUILD): SchemaDifference {
  return { table: name, message: `table \`${name}\`: ${what}`, next };
}

function kindInWords({ kind }: Table): string {
  switch (kind) {
    case "ordinary":
      return "an ordinary table";
    case "without-rowid":
      return "WITHOUT ROWID";
    case "virtual":
      return "a virtual table";
  }
}

function compareKeys(a: Table, b: Table): SchemaDifference[] {
  const isSame =
    a.key.length === b.key.length &&
    a.key.every((part, place) => {
      const other = b.key[place];
      return (
        other !== undefined &&
        isSameName(part.name, other.name) &&
        part.collation === other.collation
      );
    });
  if (!isSame)
    return [difference(a, `its key is ${keyInWords(a.key)} in a and ${keyInWords(b.key)} in b`)];
  if (a.keyIsRowid === b.keyIsRowid) return [];
  const [here, there] = a.keyIsRowid ? ["a", "b"] : ["b", "a"];
  return [
    difference(
      a,
      `its key ${keyInWords(a.key)} is the rowid (INTEGER PRIMARY KEY) in ${here}, but not in ${there}`,
    ),
  ];
}

function keyInWords(key: readonly KeyColumn[]): string {
  if (key.length === 0) return "none";
  const parts = key.map(
    ({ name, collation }) => `\`${name}\`${collation === "BINARY" ? "" : ` COLLATE ${collation}`}`,
  );
  return `(${parts.join(", ")})`;
}

/** Compares constraints as sets: their order and repetitions mean nothing. */
function compareLists(
  table: Table,
  a: readonly string[],
  b: readonly string[],
  inWords: (text: string) => string,
): SchemaDifference[] {
  const onlyIn = (
    side: "a" | "b",
    mine: readonly string[],
    others: readonly string[],
  ): SchemaDifference[] =>
    [...new Set(mine)]
      .filter((text) => !others.includes(text))
      .map((text) => difference(table, `${inWords(text)} is only in ${side}`));
  return [...onlyIn("a", a, b), ...onlyIn("b", b, a)];
}

function checkTexts(table: Table): readonly string[] {
  return table.checks.map((check) => normalizedSql(check, table));
}

/** The UNIQUE indexes but those that only repeat the key; the order of their parts means nothing either. */
function uniqueTexts(table: Table): readonly string[] {
  const textOfIndex = ({ parts, where }: Pick<UniqueIndex, "parts" | "where">): string => {
    const texts = parts.map(({ column, expression, collation }) => {
      const what = column === null ? normalizedSql(expression ?? "", table) : foldName(column);
      return collation === "BINARY" ? what : `${what} COLLATE ${collation}`;
    });
    return (
      texts.toSorted().join(", ") + (where === null ? "" : ` WHERE ${normalizedSql(where, table)}`)
    );
  };
  const key = textOfIndex({
    parts: table.key.map(({ name, collation }) => ({ column: name, expression: null, collation })),
    where: null,
  });
  return table.uniqueIndexes.map(textOfIndex).filter((text) => text !== key);
}

/** `(customer) REFERENCES customers (id)`, its columns in alphabetical order. */
function foreignKeyText({ columns, parentTable, parentColumns }: ForeignKey): string {
  const pairs = columns.map(
    (column, place) => [foldName(column), foldName(parentColumns[place] ?? "")] as const,
  );
  const sorted = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const parents = sorted.map(([, parent]) => parent).filter((parent) => parent !== "");
  const references = `(${sorted.map(([column]) => column).join(", ")}) REFERENCES ${foldName(parentTable)}`;
  return parents.length === 0 ? references : `${references} (${parents.join(", ")})`;
}
