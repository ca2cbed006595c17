import { storageClassOf, valueToText } from "@sync/model";
import type { SqlValue } from "@sync/model";
import { numberText } from "./text.ts";

/** A value in about `width` characters; blobs by their size and how they begin. */
export function cellText(value: SqlValue, width: number): string {
  if (!(value instanceof Uint8Array) || value.length * 2 + 3 <= width)
    return valueToText(value, Math.max(width, 8));
  const size = `${numberText(value.length)} bytes`;
  const room = Math.floor((width - size.length - 6) / 2);
  return room < 1 ? size : `${size}, x'${Buffer.from(value.subarray(0, room)).toString("hex")}…`;
}

/** `1`, `1.0` and `'1'` differ in nothing but their storage class, which is then worth saying. */
export function differInClassOnly(values: readonly SqlValue[]): boolean {
  const texts = new Set(values.map((value) => plainText(value)));
  const classes = new Set(values.map((value) => storageClassOf(value)));
  return texts.size === 1 && classes.size > 1;
}

function plainText(value: SqlValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}
