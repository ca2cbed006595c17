import { createKeyList, createRowidList } from "./candidate-list.ts";
import { compareTrees } from "./compare-trees.ts";
import { TreeCursor } from "./cursor.ts";
import type { EqualPages } from "./equal-pages.ts";
import type { Image } from "./image.ts";
import { hasSameKey, orderOfKeys } from "./key-order.ts";
import { reasonOf } from "./not-known.ts";
import type { Candidates, ScannedTable, TableAnswer } from "./scan-request.ts";
import { sharedRows } from "./shared-leaves.ts";

/** Two databases, and what is known about their pages. */
export interface Scanned {
  readonly a: Image;
  readonly b: Image;
  readonly pages: EqualPages;
}

/** Finds the rows in which a table can differ. */
export function scanTable(scanned: Scanned, table: ScannedTable): TableAnswer {
  try {
    return { type: "candidates", ...candidatesOf(scanned, table) };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  }
}

function candidatesOf({ a, b, pages }: Scanned, table: ScannedTable): Candidates {
  const { key } = table;
  const kind = key === null ? "table" : "index";
  const isWanted = (leaf: number): boolean => !pages.has(leaf);
  const cursors = {
    a: new TreeCursor(a, table.rootA, kind, isWanted),
    b: new TreeCursor(b, table.rootB, kind, isWanted),
  };
  const createList = key === null ? createRowidList : () => createKeyList(key.length);
  const candidates = { a: createList(), b: createList() };
  const estimatedRows = { a: cursors.a.estimateRows(), b: cursors.b.estimateRows() };
  compareTrees({
    ...cursors,
    candidates,
    estimatedRows,
    shared: {
      rowsOn: (leaf) => sharedRows(leaf, pages, { image: a, kind }),
      isWhole: (page) => pages.has(page) && !pages.overflowDiffers,
    },
    order: key === null ? orderOfRowids : (one, other) => orderOfKeys(one, other, key),
    isSameKey: (one, other) =>
      key === null ? table.rowidIsKey : hasSameKey(one, other, key.length),
  });
  return { rowsInA: cursors.a.rows, a: candidates.a.rows(), b: candidates.b.rows() };
}

function orderOfRowids({ cell: a }: TreeCursor, { cell: b }: TreeCursor): number {
  return a.high === b.high ? a.low - b.low : a.high - b.high;
}
