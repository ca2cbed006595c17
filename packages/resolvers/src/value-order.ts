import { sameValue, storageClassOf } from "@sync/model";
import type { Row, SqlValue, StorageClass } from "@sync/model";

const CLASS_ORDER: Readonly<Record<StorageClass, number>> = {
  null: 0,
  integer: 1,
  real: 1,
  text: 2,
  blob: 3,
};

/**
 * Orders any two values as SQLite's `ORDER BY … COLLATE BINARY` does: NULL, numbers by size, text by
 * code points, blobs by bytes (https://www.sqlite.org/datatype3.html#sort_order). The answer is 0 only
 * for the same value: 1 comes before 1.0.
 */
export function compareValues(x: SqlValue, y: SqlValue): number {
  if (sameValue(x, y)) return 0;
  const classes = CLASS_ORDER[storageClassOf(x)] - CLASS_ORDER[storageClassOf(y)];
  if (classes !== 0) return classes;
  if (typeof x === "string" && typeof y === "string") return compareText(x, y);
  if (x instanceof Uint8Array && y instanceof Uint8Array) return compareBytes(x, y);
  return compareNumbers(x, y) || (typeof x === "bigint" ? -1 : 1);
}

/** Orders two rows of one table column by column, by the columns' names; 0 only where all values are the same. */
export function compareRows(x: Row, y: Row): number {
  for (const column of Object.keys(x).toSorted(compareText)) {
    const order = compareValues(x[column] ?? null, y[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** By code points, as UTF-8 bytes sort; JavaScript's `<` compares UTF-16 units, where U+1F600 comes before U+FF01. */
export function compareText(x: string, y: string): number {
  const xs = x[Symbol.iterator]();
  const ys = y[Symbol.iterator]();
  for (;;) {
    const { value: left } = xs.next();
    const { value: right } = ys.next();
    if (left === undefined || right === undefined)
      return Number(left !== undefined) - Number(right !== undefined);
    if (left !== right) return (left.codePointAt(0) ?? 0) - (right.codePointAt(0) ?? 0);
  }
}

function compareBytes(x: Uint8Array, y: Uint8Array): number {
  const first = x.findIndex((byte, index) => byte !== y[index]);
  if (first < 0 || first >= y.length) return x.length - y.length;
  return (x[first] ?? 0) - (y[first] ?? 0);
}

/** JavaScript compares a bigint with a number exactly, also past 2^53. */
function compareNumbers(x: SqlValue, y: SqlValue): number {
  const [left, right] = [x, y] as readonly [number | bigint, number | bigint];
  if (left < right) return -1;
  return left > right ? 1 : 0;
}
