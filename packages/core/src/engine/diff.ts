import type { DiffReport, Row } from "@sync/model";
import type { Compared } from "../sqlite/diff/compared.ts";
import { rowReader } from "../sqlite/diff/exact-value.ts";
import { differs } from "../sqlite/diff/find-differences.ts";
import { patchLines } from "../sqlite/diff/patch.ts";
import { notedContents, notedKeys, notedRows } from "../sqlite/diff/read-differences.ts";
import { toSyncError } from "../sqlite/errors.ts";
import { columnNames, keyOf } from "../sqlite/rows.ts";
import { compare } from "./compare.ts";
import type { Comparison, DiffOptions } from "./compare.ts";
import type { Pair, RowDiff } from "./options.ts";

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
  yield* reading(pair, options, function* (comparison) {
    for (const compared of comparison.tables) {
      yield* keyedRows(comparison, compared);
      yield* bagRows(comparison, compared);
    }
  });
}

/**
 * The difference as SQL: applied to a copy of `a` by any SQLite shell it gives `b`, exactly. Each
 * piece is one or more whole lines, without the last line end. Rows come one at a time.
 *
 * @example sqlite3 -bail a.db < patch.sql
 * @throws SyncError as {@link diffDatabases}, at the first line asked for
 */
export async function* diffPatch(pair: Pair, options: DiffOptions = {}): AsyncGenerator<string> {
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
    throw toSyncError(error, `${pair.a} or ${pair.b}`);
  } finally {
    comparison.close();
  }
}

function* keyedRows({ db, schema }: Comparison, compared: Compared): Generator<RowDiff> {
  const { table } = compared;
  const names = columnNames(table);
  const rows = notedRows(db, compared);
  const toRow = rowReader(names, schema.encoding);
  const read = (side: "a" | "b", handle: bigint): Row => toRow(rows.row(side, handle));
  for (const { handle, how } of notedKeys(db, compared)) {
    const a = how === "+" ? null : read("a", handle);
    const b = how === "-" ? null : read("b", handle);
    const flags = how === "~" ? rows.changed(handle) : [];
    const key = keyOf(table, a ?? b ?? {});
    yield {
      table: table.name,
      key,
      a,
      b,
      changed: names.filter((_, index) => flags[index] === true),
    };
  }
}

/** One entry for each row that one side has more often than the other. */
function* bagRows({ db, schema }: Comparison, compared: Compared): Generator<RowDiff> {
  const { table } = compared;
  const rows = notedRows(db, compared);
  const toRow = rowReader(columnNames(table), schema.encoding);
  for (const { handle, countA, countB } of notedContents(db, compared)) {
    const row = toRow(rows.content(handle));
    const [a, b] = countA > countB ? [row, null] : [null, row];
    for (let time = Math.abs(countA - countB); time > 0; time--) {
      yield { table: table.name, key: keyOf(table, row), a, b, changed: [] };
    }
  }
}
