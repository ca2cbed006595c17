import { NotKnown } from "./not-known.ts";
import { bytesOfType, valueOf } from "./record.ts";
import type { Field, StoredValue } from "./record.ts";

/** In front of each value: its serial type, as a double, so that any size has room. */
const TYPE_BYTES = 8;

/**
 * A key's values as bytes: each with its serial type and its content as the record has them, so that
 * nothing passes through a JavaScript string or number.
 */
export function encodeKey(view: DataView, fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + TYPE_BYTES + field.bytes, 0));
  const types = new DataView(bytes.buffer);
  let at = 0;
  for (const field of fields) {
    if (field.at + field.bytes > view.byteLength) throw new NotKnown("a key is cut off");
    types.setFloat64(at, field.type);
    bytes.set(
      new Uint8Array(view.buffer, view.byteOffset + field.at, field.bytes),
      at + TYPE_BYTES,
    );
    at += TYPE_BYTES + field.bytes;
  }
  return bytes;
}

/** The keys that {@link encodeKey} wrote one after the other, each of so many values. */
export function* decodeKeys(bytes: Uint8Array, values: number): Generator<StoredValue[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const next = (): StoredValue => {
    const type = view.getFloat64(at);
    const size = bytesOfType(type);
    const value = valueOf(view, { type, at: at + TYPE_BYTES, bytes: size });
    at += TYPE_BYTES + size;
    return value;
  };
  while (at < bytes.length) yield Array.from({ length: values }, next);
}
