import { quoteName } from "../identifier.ts";
import { columnTexts } from "./column-text.ts";
import { findOutside, isKeyword, isPunctuation } from "./tokens.ts";
import type { Token } from "./tokenizer.ts";
import { tokenize } from "./tokenizer.ts";

/** A column as another table has it. */
export interface WantedColumn {
  /** As in CREATE TABLE, with its name; empty for a virtual table's. */
  readonly definition: string;
  /** Of a generated column it means nothing. */
  readonly notNull?: boolean;
}

/** What a table is like that a column is put into. */
export interface TakingTable {
  readonly hasRows: boolean;
  /** The table that the column comes from is STRICT and this one is not, or the other way round. */
  readonly strictDiffers?: boolean;
}

/** A column put into a table that lacks it, or why SQLite would not. */
export type AddedColumn =
  | { readonly type: "added"; readonly sql: string }
  | { readonly type: "refused"; readonly reason: string };

/**
 * The `ALTER TABLE … ADD COLUMN` for a column as it is defined elsewhere, where SQLite takes it
 * (https://www.sqlite.org/lang_altertable.html#altertabaddcol): some of its rules only hold where there
 * are rows. Whether the rows satisfy the column's CHECK shows only when it is added.
 *
 * @param table - the table that lacks it
 */
export function addColumn(
  table: string,
  { definition, notNull = false }: WantedColumn,
  { hasRows, strictDiffers = false }: TakingTable,
): AddedColumn {
  const tokens = tokenize(definition);
  const reason =
    refusalAlways(tokens) ??
    (strictDiffers && !isPlainType(definition) ? "only one of the tables is STRICT" : null) ??
    (notNull && !saysNotNull(tokens) ? "as a part of the key it is NOT NULL" : null) ??
    (hasRows ? refusalWithRows(tokens) : null);
  if (reason !== null) return { type: "refused", reason };
  return { type: "added", sql: `ALTER TABLE ${quoteName(table)} ADD COLUMN ${definition}` };
}

function refusalAlways(tokens: readonly Token[]): string | null {
  if (tokens.length === 0) return "a virtual table takes no further column";
  if (findWord(tokens, "primary") >= 0) return "it is a PRIMARY KEY";
  return findWord(tokens, "unique") >= 0 ? "it is UNIQUE" : null;
}

function refusalWithRows(tokens: readonly Token[]): string | null {
  if (findWord(tokens, "as") >= 0) {
    return findWord(tokens, "stored") >= 0
      ? "it is generated and STORED, and there are rows"
      : null;
  }
  const value = defaultOf(tokens);
  if (value === "changing") return "its DEFAULT is no constant, and there are rows";
  if (saysNotNull(tokens) && value === "null")
    return "it is NOT NULL without a DEFAULT, and there are rows";
  return findWord(tokens, "references") >= 0 && value !== "null"
    ? "it REFERENCES a table and has a DEFAULT, and there are rows"
    : null;
}

/** The types that mean the same in a STRICT table and in another one. */
function isPlainType(definition: string): boolean {
  return ["int", "integer", "real", "text", "blob"].includes(columnTexts(definition).type);
}

function saysNotNull(tokens: readonly Token[]): boolean {
  const at = findOutside(
    tokens,
    0,
    (token, index) => isKeyword(token, "not") && isKeyword(tokens[index + 1], "null"),
  );
  return at >= 0;
}

/** After the name, which may be one of these words in quotes only. */
function findWord(tokens: readonly Token[], word: string): number {
  return findOutside(tokens, 0, (token) => isKeyword(token, word));
}

/**
 * What DEFAULT puts into existing rows. SQLite takes a literal for constant, also with a sign or in
 * parentheses; of other expressions we say that they change.
 */
function defaultOf(tokens: readonly Token[]): "null" | "constant" | "changing" {
  const at = findWord(tokens, "default");
  if (at < 0) return "null";
  const hasParentheses = isPunctuation(tokens[at + 1], "(");
  let value = at + (hasParentheses ? 2 : 1);
  if (isPunctuation(tokens[value], "-") || isPunctuation(tokens[value], "+")) value++;
  const token = tokens[value];
  if (hasParentheses && !isPunctuation(tokens[value + 1], ")")) return "changing";
  if (isKeyword(token, "null")) return "null";
  const isWord = token?.type === "word";
  const isTruth = isKeyword(token, "true") || isKeyword(token, "false");
  const isClock = ["current_time", "current_date", "current_timestamp"].some((word) =>
    isKeyword(token, word),
  );
  // Without parentheses another word is a text; in them, it would name a column.
  if (isClock || (hasParentheses && isWord && !isTruth)) return "changing";
  return "constant";
}
