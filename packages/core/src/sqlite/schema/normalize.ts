import { foldName, quoteText } from "../identifier.ts";
import { isKeyword, isPunctuation, nameOf, textOf } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";
import type { Table } from "./types.ts";

/**
 * SQL in a form in which spellings that mean the same are equal: one space between tokens, no comments,
 * words in lower case, names without quotes, `==` as `=`, `<>` as `!=`. A double-quoted text that is no
 * name becomes a string, which is what SQLite takes it for in a stored definition
 * (https://www.sqlite.org/quirks.html §8).
 *
 * @param columnNames of the table, folded (`foldName`): what a double-quoted text can name
 * @example normalizedText(tokenize('"Price"<>"" /* sane *\/'), new Set(["price"])) // "price != ''"
 */
export function normalizedText(tokens: readonly Token[], columnNames: ReadonlySet<string>): string {
  return tokens.map((_, index) => normalizedToken(tokens, index, columnNames)).join(" ");
}

/** `normalizedText` of an expression in terms of a table's columns. */
export function normalizedSql(sql: string, table: Pick<Table, "columns" | "generated">): string {
  const columnNames = [...table.columns, ...table.generated].map(({ name }) => foldName(name));
  return normalizedText(tokenize(sql), new Set(columnNames));
}

/**
 * SQL on one line as written, but with every double-quoted text that is no name as a string, so that it
 * also compiles where SQLite takes double quotes for names only.
 *
 * @param columnNames of the table, folded
 */
export function compilableText(tokens: readonly Token[], columnNames: ReadonlySet<string>): string {
  return textOf(
    tokens.map((token, index) =>
      isDoubleQuotedText(tokens, index, columnNames)
        ? { ...token, text: quoteText(nameOf(token) ?? "") }
        : token,
    ),
  );
}

function normalizedToken(
  tokens: readonly Token[],
  index: number,
  columnNames: ReadonlySet<string>,
): string {
  const token = tokens[index];
  if (token === undefined) return "";
  switch (token.type) {
    case "word":
    case "number":
    case "blob":
      return foldName(token.text);
    case "quoted": {
      const name = nameOf(token) ?? "";
      return isDoubleQuotedText(tokens, index, columnNames) ? quoteText(name) : foldName(name);
    }
    case "punctuation":
      if (token.text === "==") return "=";
      return token.text === "<>" ? "!=" : token.text;
    case "string":
      return token.text;
  }
}

/** A double-quoted token that names no column, and stands where no collation, table or function can be named. */
function isDoubleQuotedText(
  tokens: readonly Token[],
  index: number,
  columnNames: ReadonlySet<string>,
): boolean {
  const token = tokens[index];
  if (token?.type !== "quoted" || !token.text.startsWith('"')) return false;
  return !(
    columnNames.has(foldName(nameOf(token) ?? "")) ||
    isKeyword(tokens[index - 1], "collate") ||
    isPunctuation(tokens[index + 1], ".") ||
    isPunctuation(tokens[index + 1], "(")
  );
}
