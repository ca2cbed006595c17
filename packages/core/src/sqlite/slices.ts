import type Database from "better-sqlite3";
import type { Progress } from "@sync/model";
import { qualified } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import type { Table } from "./schema/types.ts";

/** Rows per slice: about 50 ms of work, so that progress moves and cancelling is prompt. */
export const SLICE_ROWS = 50_000;

/** How a long piece of work tells its progress and hears of cancelling. */
export interface Pace {
  readonly phase: Progress["phase"];
  readonly onProgress: (progress: Progress) => void;
  /** Throws SYNC_CANCELLED when the run was cancelled. */
  readonly throwIfCancelled: () => void;
}

/** What is cut: the table, where its rows stand, and the alias under which the statement reads them. */
export interface Sliced {
  readonly table: Table;
  readonly source: string;
  readonly alias: string;
  /** How many rows there are, or about so many; counted where it is not known. */
  readonly rows?: number;
}

/** A part of a table: a condition on its alias, and the values to bind, in order. */
export interface Slice {
  readonly where: string;
  readonly values: readonly unknown[];
}

/**
 * Cuts a table into slices that together hold every row once, in the order of its b-tree.
 *
 * Rowid tables are cut by rowid (evenly over its range: with gaps, slices are smaller), WITHOUT ROWID
 * tables by their first key column, whose bounds stay inside SQL (a text of invalid UTF-8 would not
 * survive JavaScript). Virtual tables and tables of one slice are not cut.
 */
export function* slicesOf(db: Database.Database, from: Sliced, pace: Pace): Generator<Slice> {
  const { table, source } = from;
  const total = from.rows ?? (db.prepare(`SELECT count(*) FROM ${source}`).pluck().get() as number);
  let done = 0;
  for (const slice of cut(db, from, total)) {
    pace.throwIfCancelled();
    pace.onProgress({ phase: pace.phase, table: table.name, done: Math.min(done, total), total });
    yield slice;
    done += SLICE_ROWS;
  }
  pace.onProgress({ phase: pace.phase, table: table.name, done: total, total });
}

/** All rows at once. */
export const WHOLE: Slice = { where: "TRUE", values: [] };

function cut(db: Database.Database, from: Sliced, total: number): Iterable<Slice> {
  const { table } = from;
  if (total <= SLICE_ROWS || table.kind === "virtual") return [WHOLE];
  const rowid = table.keyIsRowid ? table.key[0]?.name : table.rowidName;
  if (rowid !== null && rowid !== undefined) return cutByRowid(db, from, rowid, total);
  return table.kind === "without-rowid" ? cutByFirstKey(db, from) : [WHOLE];
}

function* cutByRowid(
  db: Database.Database,
  { source, alias }: Sliced,
  rowid: string,
  total: number,
): Generator<Slice> {
  const column = qualified(rowid, alias);
  // Two queries: each is one seek; together in one, SQLite would scan.
  const edge = (fn: "min" | "max"): bigint =>
    db
      .prepare(`SELECT ${fn}(${quoteName(rowid)}) FROM ${source}`)
      .safeIntegers()
      .pluck()
      .get() as bigint;
  const last = edge("max");
  let from = edge("min");
  const step = (last - from) / BigInt(Math.ceil(total / SLICE_ROWS)) + 1n;
  for (; from <= last; from += step) {
    const to = from + step - 1n < last ? from + step - 1n : last;
    yield { where: `${column} BETWEEN ? AND ?`, values: [from, to] };
  }
}

function* cutByFirstKey(db: Database.Database, { table, source, alias }: Sliced): Generator<Slice> {
  const first = table.key[0];
  if (first === undefined) return;
  const column = `${qualified(first.name, alias)} COLLATE ${quoteName(first.collation)}`;
  const plain = `${quoteName(first.name)} COLLATE ${quoteName(first.collation)}`;
  db.exec(
    `DROP TABLE IF EXISTS temp."sync:bounds"; CREATE TEMP TABLE "sync:bounds" (n INTEGER PRIMARY KEY, bound)`,
  );
  const bound = (n: number): string => `(SELECT bound FROM temp."sync:bounds" WHERE n = ${n})`;
  let n = 0;
  for (;;) {
    const after = n === 0 ? "" : `WHERE ${plain} > ${bound(n)}`;
    const found = db
      .prepare(
        `INSERT INTO temp."sync:bounds" SELECT ${n + 1}, ${quoteName(first.name)} FROM ${source} ${after}
       ORDER BY ${plain} LIMIT 1 OFFSET ${SLICE_ROWS}`,
      )
      .run().changes;
    const from = n === 0 ? "TRUE" : `${column} >= ${bound(n)}`;
    if (found === 0) {
      yield { where: from, values: [] };
      return;
    }
    yield { where: `${from} AND ${column} < ${bound(n + 1)}`, values: [] };
    n += 1;
  }
}
