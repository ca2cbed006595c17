import { TreeCursor } from "./cursor.ts";
import type { AnswerAt, Helper, TableShare } from "./helper-work.ts";
import type { Image } from "./image.ts";
import { scanTable } from "./scan-table.ts";
import type { Scanned } from "./scan-table.ts";
import type { ScannedTable, TableAnswer } from "./scan-request.ts";

/** Finds the rows in which tables can differ, in the order of the tables. */
export function scanTables(
  scanned: Scanned,
  tables: readonly ScannedTable[],
  helper: Helper | null,
): TableAnswer[] {
  const isWorthTwo = tables.length > 1 && scanned.pages.differing > FEW_PAGES;
  if (helper === null || !isWorthTwo) return tables.map((table) => scanTable(scanned, table));
  const order = [...largestFirst(scanned.a, tables)];
  const share: TableShare = { tables, order, taken: new SharedArrayBuffer(4) };
  const helping = helper.beginTables(share, scanned.pages.shared);
  const found = [...takeTables(scanned, share), ...helping.finish()];
  const answers = new Map(found.map(({ place, answer }) => [place, answer]));
  return tables.map((_, place) => answers.get(place) ?? FAILED);
}

/** With so few to look at, one thread is done before the other has loaded what it needs for that. */
const FEW_PAGES = 500;

const FAILED: TableAnswer = { type: "not-known", reason: "a thread could not read the files" };

/** Scans tables that nobody else has taken. */
export function takeTables(scanned: Scanned, { tables, order, taken }: TableShare): AnswerAt[] {
  const answers: AnswerAt[] = [];
  const counter = new Int32Array(taken);
  for (;;) {
    const place = order[Atomics.add(counter, 0, 1)];
    const table = place === undefined ? undefined : tables[place];
    if (place === undefined || table === undefined) return answers;
    answers.push({ place, answer: scanTable(scanned, table) });
  }
}

function largestFirst(image: Image, tables: readonly ScannedTable[]): number[] {
  const rows = tables.map((table) => estimatedRows(image, table));
  return [...tables.keys()].toSorted((one, other) => (rows[other] ?? 0) - (rows[one] ?? 0));
}

/** What cannot be estimated is scanned last, which finds out why. */
function estimatedRows(image: Image, { rootA, key }: ScannedTable): number {
  try {
    return new TreeCursor(image, rootA, key === null ? "table" : "index").estimateRows();
  } catch {
    return 0;
  }
}
