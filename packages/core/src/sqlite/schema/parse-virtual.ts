import { foldName } from "../identifier.ts";
import {
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

/** A CREATE VIRTUAL TABLE taken apart. */
export interface VirtualText {
  /** Folded: `fts5`. */
  readonly module: string;
  /** What stands between the commas, as tokens: columns and `option = value`. */
  readonly args: readonly (readonly Token[])[];
}

/** Parses a CREATE VIRTUAL TABLE as `sqlite_schema` stores it (https://www.sqlite.org/lang_createvtab.html). */
export function parseVirtual(sql: string): VirtualText {
  const tokens = tokenize(sql);
  const using = tokens.findIndex((token) => isKeyword(token, "using"));
  const open = findOutside(tokens, using + 2, (token) => isPunctuation(token, "("));
  return {
    module: foldName(nameOf(tokens[using + 1]) ?? ""),
    args: open < 0 ? [] : splitAtCommas(insideOf(tokens, open)),
  };
}

/**
 * The value of an FTS option such as `content = "doc"`, unquoted; `null` if it is not given. FTS5 also
 * takes any beginning of an option's name (`sqlite3Fts5ConfigParse`), FTS4 only the whole.
 */
export function ftsOption({ module, args }: VirtualText, option: string): string | null {
  const isOption = (token: Token | undefined): boolean => {
    const name = token?.type === "word" ? foldName(token.text) : "";
    return module === "fts5" ? name !== "" && option.startsWith(name) : name === option;
  };
  const found = args.findLast((arg) => isOption(arg[0]) && isPunctuation(arg[1], "="));
  if (found === undefined) return null;
  const value = found.slice(2);
  return value.length === 1 ? nameOf(value[0]) : textOf(value);
}
