import { normalizedText } from "./normalize.ts";
import {
  closingIndex,
  findOutside,
  insideOf,
  isKeyword,
  isPunctuation,
  splitAtCommas,
} from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";

/**
 * What each REFERENCES of a CREATE TABLE says besides the key, in the order in which they stand: what
 * happens on DELETE and UPDATE, and when it is checked. What would hold anyway is left out.
 *
 * @example foreignKeyRules("CREATE TABLE c (p REFERENCES p ON DELETE CASCADE)") // ["on delete cascade"]
 */
export function foreignKeyRules(sql: string): readonly string[] {
  const tokens = tokenize(sql);
  const open = findOutside(tokens, 0, (token) => isPunctuation(token, "("));
  const definitions = splitAtCommas(open < 0 ? [] : insideOf(tokens, open));
  return definitions.flatMap((definition) => rulesOf(definition));
}

function rulesOf(definition: readonly Token[]): string[] {
  const rules: string[] = [];
  let at = -1;
  while ((at = findOutside(definition, at + 1, (token) => isKeyword(token, "references"))) >= 0) {
    const hasColumns = isPunctuation(definition[at + 2], "(");
    const start = hasColumns ? closingIndex(definition, at + 2) + 1 : at + 2;
    const end = findOutside(definition, start, (_, index) => endsRules(definition, index));
    rules.push(ruleText(definition.slice(start, end < 0 ? definition.length : end)));
  }
  return rules;
}

/** The first word of what can follow in a column's definition. */
function endsRules(tokens: readonly Token[], at: number): boolean {
  if (isKeyword(tokens[at], "not")) return !isKeyword(tokens[at + 1], "deferrable");
  if (isKeyword(tokens[at], "default")) return !isKeyword(tokens[at - 1], "set");
  if (isKeyword(tokens[at], "null")) return !isKeyword(tokens[at - 1], "set");
  return [
    "constraint",
    "primary",
    "unique",
    "check",
    "collate",
    "references",
    "generated",
    "as",
  ].some((word) => isKeyword(tokens[at], word));
}

function ruleText(tokens: readonly Token[]): string {
  const text = ` ${normalizedText(tokens, new Set())} `
    .replaceAll(/ match \S+/g, "")
    .replaceAll(/ on (?:delete|update) no action/g, "");
  const isDeferred = text.includes(" initially deferred ") && !text.includes(" not deferrable ");
  const actions = [...text.matchAll(/ on (?:delete|update) (?:set )?\w+/g)].map(([rule]) =>
    rule.trim(),
  );
  return [...actions.toSorted(), ...(isDeferred ? ["deferred"] : [])].join(" ");
}
