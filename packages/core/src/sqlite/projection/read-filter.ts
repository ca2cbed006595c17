import { SyncError } from "@sync/model";
import type { Side } from "@sync/model";
import { foldName } from "../identifier.ts";
import { isPunctuation, textOf } from "../schema/tokens.ts";
import { tokenize } from "../schema/tokenizer.ts";
import type { Token } from "../schema/tokenizer.ts";
import type { Projection } from "./projection.ts";

/** Whose filter it is. */
export interface FilterPlace {
  readonly projection: Pick<Projection, "seen" | "stored">;
  readonly side: Side;
}

/**
 * Functions that give the same answer for the same row, today and tomorrow. A row must not come and go by
 * the clock or by chance, so what is not here is refused.
 */
const FUNCTIONS: ReadonlySet<string> = new Set(
  `abs char coalesce concat concat_ws date datetime format glob hex if ifnull iif instr json_array_length
   json_extract json_type json_valid julianday length like likelihood likely lower ltrim max min nullif
   octet_length printf quote replace round rtrim sign strftime substr substring time timediff trim typeof
   unhex unicode unixepoch unlikely upper`.split(/\s+/),
);

/** Of these, the times of day and zone get into the answer by their arguments, or by having none. */
const TIMES: ReadonlySet<string> = new Set([
  "date",
  "datetime",
  "julianday",
  "strftime",
  "time",
  "timediff",
  "unixepoch",
]);

const CLOCK: ReadonlySet<string> = new Set(["'now'", "'localtime'", "'utc'"]);
const REFUSED_WORDS: ReadonlySet<string> = new Set([
  "select",
  "values",
  "with",
  "exists",
  "raise",
  "over",
  "filter",
  "match",
  "regexp",
  "current_date",
  "current_time",
  "current_timestamp",
  "random",
  "rowid",
  "_rowid_",
  "oid",
]);

/** Words that a parenthesis may follow without being a function. */
const NOT_FUNCTIONS: ReadonlySet<string> = new Set(
  `and or not in like glob between is when then else case as cast collate escape isnull notnull null
   distinct from end`.split(/\s+/),
);

/**
 * A filter as it stands in statements: one expression, without comments, that depends on the row alone.
 *
 * @throws SyncError SYNC_USAGE naming table, side and the position of what is wrong
 */
export function readFilter(text: string, place: FilterPlace): string {
  const tokens = tokenize(text);
  if (tokens.length === 0) throw refused(text, place, null, "is empty");
  refuseUnbalanced(text, tokens, place);
  tokens.forEach((token, index) => {
    const reason = reasonAgainst(tokens, index, place);
    if (reason !== null) throw refused(text, place, token, reason);
  });
  return textOf(tokens);
}

function reasonAgainst(
  tokens: readonly Token[],
  index: number,
  { projection }: FilterPlace,
): string | null {
  const token = tokens[index];
  if (token === undefined) return null;
  const word = foldName(token.text);
  const isCall = isPunctuation(tokens[index + 1], "(");
  switch (token.type) {
    case "punctuation":
      if (token.text === ";") return "must be one expression";
      if (["?", ":", "@", "$", "#"].includes(token.text)) return "cannot have parameters";
      return null;
    case "string":
      if (!token.text.endsWith("'") || token.text.length < 2) return "has a text without an end";
      return CLOCK.has(word) ? "depends on the clock" : null;
    case "quoted":
      return isCall ? "calls a function by a quoted name" : null;
    case "number":
    case "blob":
      return null;
    case "word": {
      const isColumn = projection.stored.columns.some(({ name }) => foldName(name) === word);
      if (isColumn && !isCall) return null;
      if (REFUSED_WORDS.has(word)) return wordReason(word);
      if (!isCall || NOT_FUNCTIONS.has(word)) return null;
      if (!FUNCTIONS.has(word))
        return `calls \`${token.text}\`, which is not among the functions that a filter may use`;
      return TIMES.has(word) && isPunctuation(tokens[index + 2], ")")
        ? "depends on the clock"
        : null;
    }
  }
}

function wordReason(word: string): string {
  if (["select", "values", "with", "exists"].includes(word))
    return "has a subquery: it can only speak of its own row";
  if (word.startsWith("current_")) return "depends on the clock";
  if (word.endsWith("rowid_") || word === "rowid" || word === "oid")
    return "speaks of the rowid, which is another one on the other side";
  return `has \`${word}\`, which a filter may not use`;
}

function refuseUnbalanced(text: string, tokens: readonly Token[], place: FilterPlace): void {
  let depth = 0;
  for (const token of tokens) {
    if (isPunctuation(token, "(")) depth += 1;
    if (isPunctuation(token, ")")) depth -= 1;
    if (depth < 0) throw refused(text, place, token, "closes a parenthesis that is not open");
  }
  const last = tokens.at(-1);
  if (depth > 0 && last !== undefined)
    throw refused(text, place, last, "leaves a parenthesis open");
}

/** The error about a filter; the position is counted in characters from 1. */
export function refused(
  text: string,
  { projection, side }: FilterPlace,
  token: Token | null,
  reason: string,
): SyncError {
  const table = projection.seen.name;
  const at = token === null ? "" : ` at character ${token.start + 1}, \`${token.text}\``;
  return new SyncError(
    "SYNC_USAGE",
    `The filter of table \`${table}\` for side ${side} ${reason}${at}: ${text}`,
    {
      next: "A filter is one SQL expression over the table's own columns, such as `region = 'north'`.",
      details: {
        table,
        side,
        where: text,
        ...(token === null ? {} : { position: token.start + 1 }),
      },
    },
  );
}
