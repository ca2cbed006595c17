import { NOTHING, markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { count } from "../html/words.ts";
import { chunkHtml } from "./chunk.ts";
import type { ChunkItem } from "./chunk.ts";
import type { RowKind } from "./row-kind.ts";

/** How rows become sections of a page. */
export interface SectionOptions<Item> {
  readonly kinds: readonly RowKind<Item>[];
  /** What begins a table's section: its heading, and what was counted. */
  readonly open: (table: string) => Markup;
  /** Rows that were counted, by table: what stands in the page is held against it. */
  readonly counted: ReadonlyMap<string, number>;
  /** Items of different shapes do not fit under one head. */
  readonly shapeOf: (item: Item) => string;
  /** What is said where other rows came than were counted. */
  readonly unlike: (shown: number, counted: number) => Markup;
  /** After so many rows the page ends, and says so. */
  readonly maxRows: number;
}

/** Rows that the page renders at a time; some screens of them. */
const CHUNK_ROWS = 200;
/** With long values fewer: about what a browser renders without a pause. */
const CHUNK_CHARACTERS = 200_000;
/** So many rows are markup from the start, so that a small page is all there for the browser's own search. */
const ROWS_AT_ONCE = 1000;
const CHARACTERS_AT_ONCE = 1_500_000;

/**
 * The sections of a page, table by table in the order in which the items come. Holds one chunk at a time.
 * What was counted and what came may differ, where somebody writes to a database meanwhile: the page
 * then says so.
 */
export async function* sectionsOf<Item extends { readonly table: string }>(
  items: AsyncIterable<Item> | Iterable<Item>,
  options: SectionOptions<Item>,
): AsyncGenerator<Markup> {
  const writer = createSectionWriter(options);
  for await (const item of items) {
    if (writer.isFull()) break;
    yield* writer.add(item);
  }
  yield* writer.end();
}

interface SectionWriter<Item> {
  isFull(): boolean;
  add(item: Item): Generator<Markup>;
  end(): Generator<Markup>;
}

function createSectionWriter<Item extends { readonly table: string }>(
  options: SectionOptions<Item>,
): SectionWriter<Item> {
  const { kinds, counted, shapeOf, maxRows } = options;
  const seen = new Map<string, number>();
  let table: string | null = null;
  let shape = "";
  let chunk: ChunkItem<Item>[] = [];
  let chunkCharacters = 0;
  let allRows = 0;
  let allCharacters = 0;

  function* flush(): Generator<Markup> {
    if (table === null || chunk.length === 0) return;
    const before = seen.get(table) ?? 0;
    const total = Math.max(counted.get(table) ?? 0, before + chunk.length);
    const isLater = allRows > ROWS_AT_ONCE || allCharacters > CHARACTERS_AT_ONCE;
    yield chunkHtml({ items: chunk, first: before + 1, total }, kinds, isLater);
    seen.set(table, before + chunk.length);
    chunk = [];
    chunkCharacters = 0;
  }

  function* close(): Generator<Markup> {
    yield* flush();
    if (table === null) return;
    yield markup`${after(table)}</section>\n`;
  }

  const after = (name: string): Markup =>
    afterRows(seen.get(name) ?? 0, counted.get(name) ?? 0, {
      isFull: allRows >= maxRows,
      unlike: options.unlike,
    });

  return {
    isFull: () => allRows >= maxRows,
    *add(item) {
      const kind = kinds.find(({ includes }) => includes(item));
      // A row that is on neither side differs in nothing.
      if (kind === undefined) return;
      if (item.table !== table) {
        yield* close();
        table = item.table;
        yield options.open(table);
      } else if (shapeOf(item) !== shape) {
        yield* flush();
      }
      shape = shapeOf(item);
      const shown = kind.row(item);
      chunk.push({ item, kind, shown });
      chunkCharacters += shown.body.text.length;
      allCharacters += shown.body.text.length;
      allRows += 1;
      if (chunk.length >= CHUNK_ROWS || chunkCharacters >= CHUNK_CHARACTERS) yield* flush();
    },
    *end() {
      yield* close();
      table = null;
      for (const [name, rows] of counted) {
        if (rows === 0 || seen.has(name)) continue;
        yield markup`${options.open(name)}${after(name)}</section>\n`;
      }
    },
  };
}

/** What is to be said where fewer or other rows came than were counted. */
function afterRows<Item>(
  shown: number,
  counted: number,
  { isFull, unlike }: { readonly isFull: boolean; readonly unlike: SectionOptions<Item>["unlike"] },
): Markup {
  if (shown === counted) return NOTHING;
  if (!isFull || shown > counted) return unlike(shown, counted);
  const more = count(counted - shown, "more row");
  return markup`<p class="note">${more} of this table ${counted - shown === 1 ? "belongs" : "belong"} here. This page ends before, so that it can be opened.</p>`;
}
