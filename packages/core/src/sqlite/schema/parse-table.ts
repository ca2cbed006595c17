import { foldName } from "../identifier.ts";
import { compilableText, normalizedText } from "./normalize.ts";
import {
  closingIndex,
  findOutside,
  insideOf,
  isKeyword,
  isPunctuation,
  nameOf,
  splitAtCommas,
  textOf,
} from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";

/** What the pragmas do not tell about a table; parsed from its CREATE TABLE. */
export interface TableText {
  /** By folded column name. */
  readonly columns: ReadonlyMap<string, ColumnText>;
  /** As `Table.checks`. */
  readonly checks: readonly string[];
  /** As `Table.conflictClauses`. */
  readonly conflictClauses: readonly string[];
  readonly autoincrement: boolean;
}

/** What the pragmas do not tell about a column. */
export interface ColumnText {
  readonly definition: string;
  readonly collation: string;
  /** As `GeneratedColumn.expression`; `null` for a column that is stored by the user. */
  readonly generatedAs: string | null;
}

/**
 * Parses a CREATE TABLE as `sqlite_schema` stores it
 * (https://www.sqlite.org/lang_createtable.html). For `CREATE TABLE … AS SELECT` SQLite stores a plain
 * column list.
 */
export function parseTable(sql: string): TableText {
  const tokens = tokenize(sql);
  const open = findOutside(tokens, 0, (token) => isPunctuation(token, "("));
  const columns = new Map<string, ColumnText>();
  const checks: string[] = [];
  const conflictClauses: string[] = [];
  const definitions = splitAtCommas(open < 0 ? [] : insideOf(tokens, open));
  const columnNames = new Set(
    definitions.flatMap((definition) => columnNameOf(definition) ?? []).map(foldName),
  );
  for (const definition of definitions) {
    const column = columnNameOf(definition);
    const clauses = clausesOf(column === null ? definition : definition.slice(1));
    if (column !== null)
      columns.set(foldName(column), columnText(definition, clauses, columnNames));
    for (const clause of clauses) {
      if (isKeyword(clause[0], "check")) checks.push(compilableText(groupOf(clause), columnNames));
      const conflict = conflictOf(clause, column, columnNames);
      if (conflict !== null) conflictClauses.push(conflict);
    }
  }
  return {
    columns,
    checks,
    conflictClauses: conflictClauses.toSorted(),
    autoincrement: tokens.some((token) => isKeyword(token, "autoincrement")),
  };
}

/** The column that a definition defines; `null` for a table constraint. The keywords tested are reserved. */
function columnNameOf(definition: readonly Token[]): string | null {
  const first = definition[0];
  const isConstraint = ["constraint", "primary", "unique", "check", "foreign"].some((word) =>
    isKeyword(first, word),
  );
  return isConstraint ? null : nameOf(first);
}

function columnText(
  definition: readonly Token[],
  clauses: readonly (readonly Token[])[],
  columnNames: ReadonlySet<string>,
): ColumnText {
  let collation = "BINARY";
  let generatedAs: string | null = null;
  for (const clause of clauses) {
    // The last COLLATE counts, as in SQLite.
    if (isKeyword(clause[0], "collate"))
      collation = foldName(nameOf(clause[1]) ?? "BINARY").toUpperCase();
    if (isKeyword(clause[0], "generated") || isKeyword(clause[0], "as")) {
      generatedAs = compilableText(groupOf(clause), columnNames);
    }
  }
  return { definition: textOf(definition), collation, generatedAs };
}

/** Cuts `TEXT NOT NULL CHECK (…)` into `TEXT`, `NOT NULL`, `CHECK (…)`. */
function clausesOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const clauses: (readonly Token[])[] = [];
  let start = 0;
  for (;;) {
    const next = findOutside(tokens, start + 1, (_, index) => startsClause(tokens, index));
    clauses.push(tokens.slice(start, next < 0 ? tokens.length : next));
    if (next < 0) return clauses;
    start = next;
  }
}

/** `GENERATED` alone may be part of a type's name; the other words are reserved, so unquoted they are grammar. */
function startsClause(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  const previous = tokens[index - 1];
  if (isKeyword(token, "null")) return !isKeyword(previous, "not");
  if (isKeyword(token, "as")) return !isKeyword(previous, "always");
  if (isKeyword(token, "generated")) return isKeyword(tokens[index + 1], "always");
  return [
    "constraint",
    "primary",
    "not",
    "unique",
    "check",
    "collate",
    "references",
    "foreign",
  ].some((word) => isKeyword(token, word));
}

/** What stands between the first parentheses of a clause. */
function groupOf(clause: readonly Token[]): readonly Token[] {
  const open = clause.findIndex((token) => isPunctuation(token, "("));
  return open < 0 ? [] : insideOf(clause, open);
}

/**
 * A clause that ends in `ON CONFLICT` with something else than ABORT, which is what happens anyway.
 * A column's constraint is written like the table's: `unique ( email ) on conflict replace`.
 */
function conflictOf(
  clause: readonly Token[],
  column: string | null,
  columnNames: ReadonlySet<string>,
): string | null {
  const on = findOutside(
    clause,
    0,
    (token, index) => isKeyword(token, "on") && isKeyword(clause[index + 1], "conflict"),
  );
  const action = foldName(clause[on + 2]?.text ?? "abort");
  if (on < 0 || action === "abort") return null;
  const open = clause.findIndex((token) => isPunctuation(token, "("));
  const words = clause
    .slice(0, open < 0 ? on : Math.min(open, on))
    .filter((token) => !isSortOrder(token));
  const group =
    column === null
      ? normalizedText(clause.slice(open + 1, closingIndex(clause, open)), columnNames)
      : foldName(column);
  return `${normalizedText(words, columnNames)} ( ${group} ) on conflict ${action}`;
}

function isSortOrder(token: Token): boolean {
  return isKeyword(token, "asc") || isKeyword(token, "desc");
}
