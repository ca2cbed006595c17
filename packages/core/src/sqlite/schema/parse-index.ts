import { compilableText } from "./normalize.ts";
import { closingIndex, findOutside, isKeyword, splitAtCommas } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";

/** What the pragmas do not tell about a created index. */
export interface IndexText {
  /** Each indexed column or expression as written, without its ASC or DESC. */
  readonly parts: readonly string[];
  /** The WHERE expression of a partial index as written, else `null`. */
  readonly where: string | null;
}

/**
 * Parses a CREATE INDEX as `sqlite_schema` stores it (https://www.sqlite.org/lang_createindex.html).
 * SQLite prohibits `t.price` there, so the texts also hold for another table with the same columns.
 *
 * @param columnNames of the table, folded
 */
export function parseIndex(sql: string, columnNames: ReadonlySet<string>): IndexText {
  const tokens = tokenize(sql);
  const on = tokens.findIndex((token) => isKeyword(token, "on"));
  const open = on + 2;
  const close = closingIndex(tokens, open);
  const parts = splitAtCommas(tokens.slice(open + 1, close));
  const where = findOutside(tokens, close, (token) => isKeyword(token, "where"));
  return {
    parts: parts.map((part) => compilableText(withoutSortOrder(part), columnNames)),
    where: where < 0 ? null : compilableText(tokens.slice(where + 1), columnNames),
  };
}

function withoutSortOrder(part: readonly Token[]): readonly Token[] {
  const last = part.at(-1);
  return isKeyword(last, "asc") || isKeyword(last, "desc") ? part.slice(0, -1) : part;
}
