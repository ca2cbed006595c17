import { normalizedText } from "./normalize.ts";
import { closingIndex, findOutside, isKeyword, isPunctuation } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";

/** What a column's definition says and no sync depends on; normalized, so that spellings do not count. */
export interface ColumnTexts {
  /** `varchar ( 9 )`; empty where none is written. */
  readonly type: string;
  /** `'open'`; empty where none is written. */
  readonly defaultValue: string;
  /** Of a generated column. */
  readonly storage: "stored" | "virtual";
}

/** @param definition - as in CREATE TABLE, with the column's name; empty for a virtual table's column */
export function columnTexts(definition: string): ColumnTexts {
  const tokens = tokenize(definition);
  const isClause = (token: Token): boolean => CLAUSES.some((word) => isKeyword(token, word));
  const typeEnd = findOutside(tokens, 1, isClause);
  const storage = findOutside(tokens, 1, (token) => isKeyword(token, "stored")) < 0;
  return {
    type: normalizedText(tokens.slice(1, typeEnd < 0 ? tokens.length : typeEnd), NO_NAMES),
    defaultValue: normalizedText(defaultTokens(tokens), NO_NAMES),
    storage: storage ? "virtual" : "stored",
  };
}

/** In a default no column can be named. */
const NO_NAMES: ReadonlySet<string> = new Set();

/** What a type ends at. GENERATED alone may be part of a type's name, but not in one that people give. */
const CLAUSES: readonly string[] = [
  "constraint",
  "primary",
  "not",
  "null",
  "unique",
  "check",
  "default",
  "collate",
  "references",
  "generated",
  "as",
];

/** `DEFAULT (1)` is `DEFAULT 1`. */
function defaultTokens(tokens: readonly Token[]): readonly Token[] {
  const at = findOutside(tokens, 1, (token) => isKeyword(token, "default")) + 1;
  if (at === 0) return [];
  if (isPunctuation(tokens[at], "(")) return tokens.slice(at + 1, closingIndex(tokens, at));
  const isSigned = isPunctuation(tokens[at], "-") || isPunctuation(tokens[at], "+");
  return tokens.slice(at, at + (isSigned ? 2 : 1));
}
