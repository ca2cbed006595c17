import type { Key, Row, SqlValue } from "@sync/model";
import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { namedValue } from "../value/key.ts";
import type { ValueLimits } from "../value/limits.ts";
import { valueHtml } from "../value/value.ts";

/** A longer text says little about which row it is. */
const LONGEST_NAME = 60;

/**
 * By a name or a title people recognise a row sooner than by its number: the first short text that both
 * sides have the same.
 */
export function recognisedBy(key: Key, a: Row, b: Row): Markup {
  const found = Object.entries(a).find(
    ([name, value]) =>
      typeof value === "string" &&
      value.trim() !== "" &&
      value.length <= LONGEST_NAME &&
      value === b[name] &&
      !Object.hasOwn(key, name),
  );
  if (found === undefined) return NOTHING;
  const [name, value] = found;
  return markup` <span class="also">${namedValue(name, value, { longest: LONGEST_NAME })}</span>`;
}

/** A cell of a list of rows. */
export function cellHtml(value: SqlValue, limits: ValueLimits): Markup {
  const shown = valueHtml(value, limits);
  return isNumber(value) ? markup`<td class="n">${shown}</td>` : markup`<td>${shown}</td>`;
}

/** Numbers stand on the right, under each other. */
export function isNumber(value: SqlValue): boolean {
  return typeof value === "bigint" || typeof value === "number";
}
