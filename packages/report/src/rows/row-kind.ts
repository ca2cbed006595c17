import type { Markup } from "../html/markup.ts";

/** Rows of one kind, such as those only in a: they stand together in a table of their own. */
export interface RowKind<Item> {
  /** A class of the page's style, and what its script counts by: one letter. */
  readonly letter: string;
  /** One of them: `row`, `conflict`. */
  readonly word: string;
  /** Above the table: `Only in a`. */
  readonly title: string;
  readonly includes: (item: Item) => boolean;
  /** Columns and head of the table, which suits all items of one shape. */
  readonly head: (first: Item) => Markup;
  readonly row: (item: Item) => ShownRow;
}

/** One item as it stands in the page. */
export interface ShownRow {
  /** A `<tbody class="r">`: an item may take several rows of the table. */
  readonly body: Markup;
  /** On a wide screen, about; for the height of what is not rendered yet. */
  readonly lines: number;
}
