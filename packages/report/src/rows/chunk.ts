import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { count, numberText } from "../html/words.ts";
import type { RowKind, ShownRow } from "./row-kind.ts";

/** What a page renders at a time: rows of one table that follow each other, grouped by kind. */
export interface Chunk<Item> {
  readonly items: readonly ChunkItem<Item>[];
  /** The number of its first row within the table. */
  readonly first: number;
  /** Rows of the table in all, as they were counted. */
  readonly total: number;
}

/** An item, and what became of it. */
export interface ChunkItem<Item> {
  readonly item: Item;
  readonly kind: RowKind<Item>;
  readonly shown: ShownRow;
}

/**
 * The markup of a chunk. Where scripts run, the rows of a later one are text until the reader comes near
 * them: `<noscript>` is raw text there, and markup everywhere else. So a page of 100,000 rows opens at
 * once, and says everything without a script, too.
 */
export function chunkHtml<Item>(
  chunk: Chunk<Item>,
  kinds: readonly RowKind<Item>[],
  isLater: boolean,
): Markup {
  const tables = kinds.map((kind) => kindTable(kind, chunk.items));
  const rows = markup`${heading(chunk)}${tables}`;
  const numbers = kinds.map((kind) => chunk.items.filter((one) => one.kind === kind).length);
  const lines = chunk.items.reduce((sum, { shown }) => sum + shown.lines, 0);
  const content = isLater ? markup`<noscript>${rows}</noscript>` : rows;
  return markup`<div class="chunk" data-rows="${numbers.join(" ")}" data-lines="${lines}">${content}</div>\n`;
}

/** Only where the table has more rows than these. */
function heading<Item>({ items, first, total }: Chunk<Item>): Markup {
  if (first === 1 && items.length >= total) return NOTHING;
  const last = first + items.length - 1;
  return markup`<h3>Rows ${numberText(first)} to ${numberText(last)} of ${numberText(total)}</h3>`;
}

function kindTable<Item>(kind: RowKind<Item>, items: readonly ChunkItem<Item>[]): Markup {
  const own = items.filter((one) => one.kind === kind);
  const [first] = own;
  if (first === undefined) return NOTHING;
  const caption = markup`<caption>${kind.title} <small>${count(own.length, kind.word)}</small></caption>`;
  const bodies = own.map(({ shown }) => shown.body);
  return markup`<div class="wide" role="group" aria-label="${kind.title}" tabindex="0"><table class="${kind.letter}">${caption}${kind.head(first.item)}${bodies}</table></div>`;
}
