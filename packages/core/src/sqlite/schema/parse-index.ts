import { closingIndex, findOutside, isKeyword, splitAtCommas, textOf } from "./tokens.ts";
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
 */
export function parseIndex(sql: string): IndexText {
  const tokens = tokenize(sql);
  const on = tokens.findIndex((token) => isKeyword(token, "on"));
  const open = on + 2;
  const close = closingIndex(tokens, open);
  const parts = splitAtCommas(tokens.slice(open + 1, close));
  const where = findOutside(tokens, close, (token) => isKeyword(token, "where"));
  return {
    parts: parts.map((part) => textOf(withoutSortOrder(part))),
    where: where < 0 ? null : textOf(tokens.slice(where + 1)),
  };
}

function withoutSortOrder(part: readonly Token[]): readonly Token[] {
  const last = part.at(-1);
  return isKeyword(last, "asc") || isKeyword(last, "desc") ? part.slice(0, -1) : part;
}
