import type { Key, SqlValue } from "@sync/model";
import { markup, joined } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import type { ValueLimits } from "./limits.ts";
import { valueHtml } from "./value.ts";

/** A key as `id 7`, `order_id 1, line 2`. */
export function keyHtml(key: Key, limits: ValueLimits): Markup {
  const parts = Object.entries(key).map(([name, value]) => namedValue(name, value, limits));
  return joined(parts, ", ");
}

/** A value with the name of its column. */
export function namedValue(name: string, value: SqlValue, limits: ValueLimits): Markup {
  return markup`<b>${visibleText(name)}</b> ${valueHtml(value, limits)}`;
}
