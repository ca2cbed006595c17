import { otherSide } from "@sync/model";
import type { RowDiff, Side } from "@sync/model";
import { markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import type { RowKind, ShownRow } from "../rows/row-kind.ts";
import type { ValueLimits } from "../value/limits.ts";
import { valueHtml } from "../value/value.ts";
import { keyHtml } from "../value/key.ts";
import { cellHtml, isNumber } from "./row-parts.ts";

/** Tables with more columns do not fit on a screen or on paper: their rows stand as lists of values. */
const MANY_COLUMNS = 8;

/** Rows that one side has and the other has not, with all their values. */
export function oneSidedRows(side: Side, limits: ValueLimits): RowKind<RowDiff> {
  return {
    letter: side,
    word: "row",
    title: `Only in ${side}`,
    includes: (diff) => diff[side] !== null && diff[otherSide(side)] === null,
    head: (diff) => (isGrid(diff) ? gridHead(diff) : listHead()),
    row: (diff) => (isGrid(diff) ? gridRow(diff, limits) : listRow(diff, limits)),
  };
}

function isGrid({ a, b }: RowDiff): boolean {
  return Object.keys(a ?? b ?? {}).length <= MANY_COLUMNS;
}

function gridHead(diff: RowDiff): Markup {
  const row = diff.a ?? diff.b ?? {};
  const { naming, others } = namesOf(diff);
  const heads = [...naming, ...others].map((name, index) =>
    index >= naming.length && isNumber(row[name] ?? null)
      ? markup`<th scope="col" class="n">${visibleText(name)}</th>`
      : markup`<th scope="col">${visibleText(name)}</th>`,
  );
  return markup`<thead><tr>${heads}</tr></thead>`;
}

function gridRow(diff: RowDiff, limits: ValueLimits): ShownRow {
  const row = diff.a ?? diff.b ?? {};
  const { naming, others } = namesOf(diff);
  const heads = naming.map(
    (name) => markup`<th scope="row">${valueHtml(row[name] ?? null, limits)}</th>`,
  );
  const cells = others.map((name) => cellHtml(row[name] ?? null, limits));
  return {
    body: markup`<tbody class="r"><tr>${heads}${cells}</tr></tbody>\n`,
    lines: 1,
  };
}

function listHead(): Markup {
  return markup`<colgroup><col class="key"><col></colgroup><thead><tr><th scope="col">row</th><th scope="col">values</th></tr></thead>`;
}

function listRow(diff: RowDiff, limits: ValueLimits): ShownRow {
  const row = diff.a ?? diff.b ?? {};
  const { naming, others } = namesOf(diff);
  const key = Object.fromEntries(naming.map((name) => [name, row[name] ?? null]));
  const values = others.map(
    (name) =>
      markup`<div><dt>${visibleText(name)}</dt><dd>${valueHtml(row[name] ?? null, limits)}</dd></div>`,
  );
  const body = markup`<tbody class="r"><tr><th scope="row">${keyHtml(key, limits)}</th><td><dl>${values}</dl></td></tr></tbody>\n`;
  return { body, lines: Math.ceil(others.length / 4) };
}

/** The columns that name a row, which stand first, and the rest. Without a key the first one has to do. */
function namesOf({ key, a, b }: RowDiff): { naming: string[]; others: string[] } {
  const names = Object.keys(a ?? b ?? {});
  const keys = Object.keys(key);
  const naming = keys.length < names.length ? keys : names.slice(0, 1);
  return { naming, others: names.filter((name) => !naming.includes(name)) };
}
