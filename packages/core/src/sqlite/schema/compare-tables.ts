import { foldName, isSameName } from "../identifier.ts";
import { compareColumns } from "./compare-columns.ts";
import { normalizedSql } from "./normalize.ts";
import type {
  DifferenceKind,
  ForeignKey,
  KeyColumn,
  SchemaDifference,
  Table,
  UniqueIndex,
} from "./types.ts";

const REBUILD =
  "Rebuild the table on one side by the other's definition, or choose other tables with `--table`.";

/**
 * What keeps a table that both sides have from being synced.
 *
 * @param withConstraints - `false` for a table whose columns are mapped: each side has constraints of its own
 */
export function compareTables(a: Table, b: Table, withConstraints = true): SchemaDifference[] {
  if (a.kind !== b.kind)
    return [
      difference(
        a,
        { kind: "table-kind" },
        `it is ${kindInWords(a)} in a and ${kindInWords(b)} in b`,
      ),
    ];
  return [
    ...(a.strict === b.strict
      ? []
      : [
          difference(
            a,
            { kind: "strict" },
            `it is STRICT in ${a.strict ? "a" : "b"}, but not in ${a.strict ? "b" : "a"}`,
          ),
        ]),
    ...compareColumns(a, b).map(({ message, next, ...about }) =>
      difference(a, about, message, next),
    ),
    ...compareKeys(a, b),
    ...(withConstraints ? compareConstraints(a, b) : []),
  ];
}

function compareConstraints(a: Table, b: Table): SchemaDifference[] {
  return [
    ...compareLists(
      { table: a, kind: "unique", inWords: (text) => `UNIQUE (${text})` },
      uniqueTexts(a),
      uniqueTexts(b),
    ),
    ...compareLists(
      { table: a, kind: "check", inWords: (text) => `CHECK (${text})` },
      checkTexts(a),
      checkTexts(b),
    ),
    ...compareLists(
      { table: a, kind: "foreign-key", inWords: (text) => `FOREIGN KEY ${text}` },
      a.foreignKeys.map(foreignKeyText),
      b.foreignKeys.map(foreignKeyText),
    ),
    ...compareLists(
      {
        table: a,
        kind: "conflict-clause",
        inWords: (text) => `the clause ${text.toUpperCase()}`,
      },
      a.conflictClauses,
      b.conflictClauses,
    ),
  ];
}

/** What a difference of a table is about; the table itself where no subject is named. */
interface About {
  readonly kind: DifferenceKind;
  readonly subject?: string;
  readonly onlyIn?: "a" | "b" | null;
}

function difference(
  { name }: Table,
  { kind, subject = "", onlyIn = null }: About,
  what: string,
  next: string = REBUILD,
): SchemaDifference {
  return {
    kind,
    table: name,
    subject: subject === "" ? null : subject,
    onlyIn,
    stopsSync: true,
    message: `table \`${name}\`: ${what}`,
    next,
  };
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
    return [
      difference(
        a,
        { kind: "key" },
        `its key is ${keyInWords(a.key)} in a and ${keyInWords(b.key)} in b`,
      ),
    ];
  if (a.keyIsRowid === b.keyIsRowid) return [];
  const [here, there] = a.keyIsRowid ? ["a", "b"] : ["b", "a"];
  return [
    difference(
      a,
      { kind: "key" },
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

interface Constraints {
  readonly table: Table;
  readonly kind: DifferenceKind;
  readonly inWords: (text: string) => string;
}

/** Compares constraints as sets: their order and repetitions mean nothing. */
function compareLists(
  { table, kind, inWords }: Constraints,
  a: readonly string[],
  b: readonly string[],
): SchemaDifference[] {
  const onlyIn = (
    side: "a" | "b",
    mine: readonly string[],
    others: readonly string[],
  ): SchemaDifference[] =>
    [...new Set(mine)]
      .filter((text) => !others.includes(text))
      .map((text) =>
        difference(
          table,
          { kind, subject: text, onlyIn: side },
          `${inWords(text)} is only in ${side}`,
        ),
      );
  return [...onlyIn("a", a, b), ...onlyIn("b", b, a)];
}

function checkTexts(table: Table): readonly string[] {
  return table.checks.map((check) => normalizedSql(check, table));
}

/** The UNIQUE indexes but those that only repeat the key. */
function uniqueTexts(table: Table): readonly string[] {
  const key = uniqueText(table, {
    parts: table.key.map(({ name, collation }) => ({ column: name, expression: null, collation })),
    where: null,
  });
  return table.uniqueIndexes
    .map((index) => uniqueText(table, index))
    .filter((text) => text !== key);
}

/** What a UNIQUE index keeps apart; the order of its parts means nothing: `a COLLATE NOCASE, b WHERE c > 0`. */
export function uniqueText(
  table: Table,
  { parts, where }: Pick<UniqueIndex, "parts" | "where">,
): string {
  const texts = parts.map(({ column, expression, collation }) => {
    const what = column === null ? normalizedSql(expression ?? "", table) : foldName(column);
    return collation === "BINARY" ? what : `${what} COLLATE ${collation}`;
  });
  return (
    texts.toSorted().join(", ") + (where === null ? "" : ` WHERE ${normalizedSql(where, table)}`)
  );
}

/** `(customer) REFERENCES customers (id)`, its columns in alphabetical order. */
export function foreignKeyText({ columns, parentTable, parentColumns }: ForeignKey): string {
  const pairs = columns.map(
    (column, place) => [foldName(column), foldName(parentColumns[place] ?? "")] as const,
  );
  const sorted = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const parents = sorted.map(([, parent]) => parent).filter((parent) => parent !== "");
  const references = `(${sorted.map(([column]) => column).join(", ")}) REFERENCES ${foldName(parentTable)}`;
  return parents.length === 0 ? references : `${references} (${parents.join(", ")})`;
}
