import { foldName } from "../identifier.ts";
import { findOutside, isKeyword, isPunctuation, nameOf } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { Token } from "./tokenizer.ts";

const STATEMENTS: readonly string[] = ["insert", "replace", "update", "delete", "select", "with"];

/**
 * The tables (or views) that the body of a CREATE TRIGGER writes to, as written there, each once.
 *
 * The body's statements end at `;`, which cannot stand inside one
 * (https://www.sqlite.org/lang_createtrigger.html), so that `CASE … END` needs no counting.
 */
export function triggerWrites(sql: string): readonly string[] {
  const tokens = tokenize(sql);
  const writes = new Map<string, string>();
  for (const statement of statementsOf(tokens.slice(bodyIndex(tokens)))) {
    const target = targetOf(statement);
    if (target !== null && !writes.has(foldName(target))) writes.set(foldName(target), target);
  }
  return [...writes.values()];
}

/**
 * Where the first statement begins. `BEGIN` may also be a name (of the trigger, the table, a column),
 * `ON` may not: the body's BEGIN comes after it and before the first word of a statement.
 */
function bodyIndex(tokens: readonly Token[]): number {
  const on = tokens.findIndex((token) => isKeyword(token, "on"));
  const begin = findOutside(
    tokens,
    on + 2,
    (token, index) =>
      isKeyword(token, "begin") && STATEMENTS.some((word) => isKeyword(tokens[index + 1], word)),
  );
  return begin < 0 ? tokens.length : begin + 1;
}

function statementsOf(body: readonly Token[]): readonly (readonly Token[])[] {
  const statements: (readonly Token[])[] = [];
  let start = 0;
  body.forEach((token, index) => {
    if (!isPunctuation(token, ";")) return;
    statements.push(body.slice(start, index));
    start = index + 1;
  });
  return statements;
}

/** The target of `INSERT [OR x] INTO t`, `REPLACE INTO t`, `UPDATE [OR x] t`, `DELETE FROM t`; else `null`. */
function targetOf(statement: readonly Token[]): string | null {
  const verb = findOutside(statement, 0, (token) =>
    STATEMENTS.some((word) => word !== "with" && isKeyword(token, word)),
  );
  if (isKeyword(statement[verb], "update")) {
    return nameOf(statement[isKeyword(statement[verb + 1], "or") ? verb + 3 : verb + 1]);
  }
  if (isKeyword(statement[verb], "delete")) return nameOf(statement[verb + 2]);
  if (!isKeyword(statement[verb], "insert") && !isKeyword(statement[verb], "replace")) return null;
  const into = findOutside(statement, verb, (token) => isKeyword(token, "into"));
  return into < 0 ? null : nameOf(statement[into + 1]);
}
