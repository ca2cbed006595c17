import type { DiffReport, RowDiff } from "@sync/model";
import { differs } from "../sqlite/diff/find-differences.ts";
import { blamed, compare } from "./compare.ts";
import type { Comparison, DiffOptions } from "./compare.ts";
import type { Pair } from "./options.ts";

/**
 * Counts how the rows of two databases differ, by storage class and exact value (DESIGN §5). Only reads:
 * no row, no state, no checkpoint.
 *
 * @throws SyncError SYNC_DB_MISSING, SYNC_SAME_FILE, SYNC_NOT_A_DATABASE, SYNC_LOCKED and what else keeps
 *   a file from being read; SYNC_UNKNOWN_TABLE, SYNC_SCHEMA_MISMATCH, SYNC_UNSUPPORTED of the tables
 */
export async function diffDatabases(pair: Pair, options: DiffOptions = {}): Promise<DiffReport> {
  const comparison = await compare(pair, options);
  comparison.close();
  const { diffs, scan } = comparison;
  const same = !diffs.some(differs);
  return { schemaVersion: 1, command: "diff", a: pair.a, b: pair.b, same, tables: diffs, scan };
}

/**
 * Every row that differs, table by table, each in the order of its key; of a keyless table one entry
 * for each surplus row. Rows come one at a time. Ending the iteration early closes the databases.
 *
 * @throws SyncError as {@link diffDatabases}, at the first row asked for
 */
export async function* diffRows(pair: Pair, options: DiffOptions = {}): AsyncGenerator<RowDiff> {
  // Loaded when it is needed: most comparisons only count.
  const { differingRows } = await import("./differing-rows.ts");
  yield* reading(pair, options, differingRows);
}

/**
 * The difference as SQL: applied to a copy of `a` by any SQLite shell it gives `b`, exactly. Each
 * piece is one or more whole lines, without the last line end. Rows come one at a time.
 *
 * @example sqlite3 -bail a.db < patch.sql
 * @throws SyncError as {@link diffDatabases}, at the first line asked for
 */
export async function* diffPatch(pair: Pair, options: DiffOptions = {}): AsyncGenerator<string> {
  const { patchLines } = await import("../sqlite/diff/patch.ts");
  yield* reading(pair, options, ({ db, schema, tables }) =>
    patchLines(db, { compared: tables, schema, names: pair }),
  );
}

async function* reading<Item>(
  pair: Pair,
  options: DiffOptions,
  read: (comparison: Comparison) => Generator<Item>,
): AsyncGenerator<Item> {
  const comparison = await compare(pair, options);
  try {
    yield* read(comparison);
  } catch (error) {
    throw await blamed(error, comparison.files);
  } finally {
    comparison.close();
  }
}
