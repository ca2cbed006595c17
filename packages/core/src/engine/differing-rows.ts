import type { Row, RowDiff } from "@sync/model";
import type { Compared } from "../sqlite/diff/compared.ts";
import { rowReader } from "../sqlite/diff/exact-value.ts";
import { notedContents, notedKeys, notedRows } from "../sqlite/diff/read-differences.ts";
import { columnNames, keyOf } from "../sqlite/rows.ts";
import type { Comparison } from "./compare.ts";

/** The rows that a comparison noted, table by table, each in the order of its key. */
export function* differingRows(comparison: Comparison): Generator<RowDiff> {
  for (const compared of comparison.tables) {
    yield* keyedRows(comparison, compared);
    yield* bagRows(comparison, compared);
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
