import { SERIAL_TYPE } from "./format.ts";
import { NotKnown } from "./not-known.ts";
import { readVarint } from "./varint.ts";

/** A value of a record with nothing lost; text as its bytes, in the encoding of the database. */
export type StoredValue = null | bigint | number | Uint8Array | { readonly text: Uint8Array };

/** Where a value of a record stands. `type` is its serial type (2.1). */
export interface Field {
  readonly type: number;
  readonly at: number;
  readonly bytes: number;
}

/** Bytes of the integers with serial types 0 to 6, of the real 7, and of the constants 0 and 1 (2.1). */
const FIXED_BYTES: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/**
 * The first fields of a record: a header with its own size and each value's serial type, then the values
 * (2.1).
 *
 * @throws NotKnown where there are fewer: a key is never cut off
 */
export function firstFields(view: DataView, count: number): Field[] {
  const wide = { high: 0, low: 0 };
  let header = readVarint(view, 0, wide);
  const headerEnd = wide.low;
  let at = headerEnd;
  const fields: Field[] = [];
  while (fields.length < count) {
    if (header >= headerEnd) throw new NotKnown("a record has too few fields");
    header = readVarint(view, header, wide);
    const type = wide.low;
    const bytes = bytesOfType(type);
    fields.push({ type, at, bytes });
    at += bytes;
  }
  return fields;
}

/** How many bytes of content a serial type means. */
export function bytesOfType(type: number): number {
  const fixed = FIXED_BYTES[type];
  if (fixed !== undefined) return fixed;
  if (type < SERIAL_TYPE.firstBlob) throw new NotKnown("a record has a reserved serial type");
  return Math.floor((type - SERIAL_TYPE.firstBlob) / 2);
}

/** A field's value; texts and blobs are copies. */
export function valueOf(view: DataView, { type, at, bytes }: Field): StoredValue {
  switch (type) {
    case SERIAL_TYPE.null:
      return null;
    case 1:
      return BigInt(view.getInt8(at));
    case 2:
      return BigInt(view.getInt16(at));
    case 3:
      return BigInt(view.getInt8(at) * 2 ** 16 + view.getUint16(at + 1));
    case 4:
      return BigInt(view.getInt32(at));
    case 5:
      return BigInt(view.getInt16(at) * 2 ** 32 + view.getUint32(at + 2));
    case 6:
      return view.getBigInt64(at);
    case SERIAL_TYPE.real:
      return view.getFloat64(at);
    case SERIAL_TYPE.zero:
      return 0n;
    case SERIAL_TYPE.one:
      return 1n;
    default: {
      const content = new Uint8Array(view.buffer, view.byteOffset + at, bytes).slice();
      return type % 2 === 0 ? content : { text: content };
    }
  }
}

export function isText(value: StoredValue): value is { readonly text: Uint8Array } {
  return typeof value === "object" && value !== null && "text" in value;
}
