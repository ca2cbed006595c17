import { createKeyList, createRowidList } from "./candidate-list.ts";
import { compareTrees } from "./compare-trees.ts";
import { TreeCursor } from "./cursor.ts";
import { findEqualPages } from "./equal-pages.ts";
import type { EqualPages } from "./equal-pages.ts";
import type { Helper } from "./helper-thread.ts";
import { openImage } from "./image.ts";
import type { Image } from "./image.ts";
import { hasSameKey, orderOfKeys } from "./key-order.ts";
import { reasonOf } from "./not-known.ts";
import type {
  Candidates,
  ScanAnswer,
  ScanRequest,
  ScannedTable,
  TableAnswer,
} from "./scan-request.ts";
import { sharedRows } from "./shared-leaves.ts";

/**
 * Finds the rows in which two databases can differ, by reading their files. Must run where no SQLite
 * connection is (SQLITE_NOTES 1), while the asker keeps a read transaction open on both.
 *
 * @param helper - another thread that compares pages
 */
export function scanPair(request: ScanRequest, helper: Helper | null = null): ScanAnswer {
  const images: Image[] = [];
  try {
    const a = openImage(request.a.path, request.a.identity);
    images.push(a);
    const b = openImage(request.b.path, request.b.identity);
    images.push(b);
    const pages = findEqualPages({ a, b }, helper);
    const tables = request.tables.map((table) => scanTable({ a, b, pages }, table));
    for (const image of images) image.verify();
    return { type: "scanned", pages: a.pageCount + b.pageCount, tables };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  } finally {
    for (const image of images) image.close();
  }
}

interface Scanned {
  readonly a: Image;
  readonly b: Image;
  readonly pages: EqualPages;
}

function scanTable(scanned: Scanned, table: ScannedTable): TableAnswer {
  try {
    return { type: "candidates", ...candidatesOf(scanned, table) };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  }
}

function candidatesOf({ a, b, pages }: Scanned, table: ScannedTable): Candidates {
  const { key } = table;
  const kind = key === null ? "table" : "index";
  const cursors = {
    a: new TreeCursor(a, table.rootA, kind),
    b: new TreeCursor(b, table.rootB, kind),
  };
  const createList = key === null ? createRowidList : () => createKeyList(key.length);
  const candidates = { a: createList(), b: createList() };
  const estimatedRows = { a: cursors.a.estimateRows(), b: cursors.b.estimateRows() };
  compareTrees({
    ...cursors,
    candidates,
    estimatedRows,
    sharedRows: (leaf) => sharedRows(leaf, pages, { image: a, kind }),
    order: key === null ? orderOfRowids : (one, other) => orderOfKeys(one, other, key),
    isSameKey: (one, other) =>
      key === null ? table.rowidIsKey : hasSameKey(one, other, key.length),
  });
  return { rowsInA: cursors.a.rows, a: candidates.a.rows(), b: candidates.b.rows() };
}

function orderOfRowids({ cell: a }: TreeCursor, { cell: b }: TreeCursor): number {
  return a.high === b.high ? a.low - b.low : a.high - b.high;
}
