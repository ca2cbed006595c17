import type { RowDiff } from "@sync/model";
import { markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import type { RowKind, ShownRow } from "../rows/row-kind.ts";
import type { ValueLimits } from "../value/limits.ts";
import { pairHtml } from "../value/pair.ts";
import { keyHtml } from "../value/key.ts";
import { recognisedBy } from "./row-parts.ts";

/**
 * Rows that both sides have: each changed column with both values beside each other.
 *
 * @param names - what the sides are called, above their values
 */
export function changedRows(
  names: readonly [a: string, b: string],
  limits: ValueLimits,
): RowKind<RowDiff> {
  return {
    letter: "c",
    word: "row",
    title: "Changed",
    includes: ({ a, b }) => a !== null && b !== null,
    head: () =>
      markup`<colgroup><col class="name"><col><col></colgroup><thead><tr><th scope="col">column</th><th scope="col"><span class="side a">a</span> ${visibleText(names[0])}</th><th scope="col"><span class="side b">b</span> ${visibleText(names[1])}</th></tr></thead>`,
    row: (diff) => changedRow(diff, limits),
  };
}

function changedRow({ key, a, b, changed }: RowDiff, limits: ValueLimits): ShownRow {
  const [rowA, rowB] = [a ?? {}, b ?? {}];
  const name = markup`${keyHtml(key, limits)}${recognisedBy(key, rowA, rowB)}`;
  const columns = changed.map((column) => {
    const [inA, inB] = pairHtml(rowA[column] ?? null, rowB[column] ?? null, limits);
    return markup`<tr><th scope="row">${visibleText(column)}</th><td>${inA}</td><td>${inB}</td></tr>`;
  });
  return {
    body: markup`<tbody class="r"><tr><th colspan="3" scope="rowgroup">${name}</th></tr>${columns}</tbody>\n`,
    lines: 1 + columns.length,
  };
}
