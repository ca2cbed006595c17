import { foldName } from "../identifier.ts";
import { nameOf } from "./tokens.ts";
import type { Token } from "./tokenizer.ts";

/**
 * SQL in a form in which spellings that mean the same are equal: one space between tokens, no
 * comments, words in lower case, `==` as `=`, `<>` as `!=`, and a quoted name that is a column of the
 * table without its quotes. Other quoted names stay quoted: in old files `"text"` can be a string.
 *
 * @param columnNames folded (`foldName`)
 * @example normalizedText(tokenize('"Price">0 /* sane *\/'), new Set(["price"])) // "price > 0"
 */
export function normalizedText(tokens: readonly Token[], columnNames: ReadonlySet<string>): string {
  return tokens.map((token) => normalizedToken(token, columnNames)).join(" ");
}

function normalizedToken(token: Token, columnNames: ReadonlySet<string>): string {
  switch (token.type) {
    case "word":
    case "number":
    case "blob":
      return foldName(token.text);
    case "quoted": {
      const name = foldName(nameOf(token) ?? "");
      return columnNames.has(name) ? name : token.text;
    }
    case "punctuation":
      if (token.text === "==") return "=";
      return token.text === "<>" ? "!=" : token.text;
    case "string":
      return token.text;
  }
}
