import { isText } from "./exact-value.ts";
import type { ExactValue } from "./exact-value.ts";

/** Writes rows as bytes, one after the other into the same memory. */
export interface RowEncoder {
  /**
   * Different rows of as many columns give different bytes: each value has its class in front, texts and
   * blobs their length. Minus zero is written as zero. A string is written as UTF-8.
   *
   * @returns a view that the next call overwrites
   */
  encode(row: readonly (ExactValue | string)[]): Uint8Array;
}

const CLASSES = { null: 0, integer: 1, real: 2, text: 3, blob: 4 } as const;

/** Class and 8 bytes of number or length. */
const LARGEST_HEAD = 9;

export function createRowEncoder(): RowEncoder {
  let bytes = Buffer.alloc(4096);
  let at = 0;
  const reserve = (more: number): void => {
    if (at + more <= bytes.length) return;
    const larger = Buffer.alloc(Math.max(bytes.length * 2, at + more));
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
  };
  const head = (type: number, length: number): void => {
    bytes[at] = type;
    bytes.writeDoubleLE(length, at + 1);
    at += LARGEST_HEAD;
  };
  const long = (type: number, content: Uint8Array): void => {
    reserve(LARGEST_HEAD + content.length);
    head(type, content.length);
    bytes.set(content, at);
    at += content.length;
  };
  const string = (text: string): void => {
    // Three bytes is the most that UTF-8 takes for one unit of UTF-16.
    reserve(LARGEST_HEAD + text.length * 3);
    const length = bytes.write(text, at + LARGEST_HEAD, "utf8");
    head(CLASSES.text, length);
    at += length;
  };
  const value = (one: ExactValue | string): void => {
    if (typeof one === "string") string(one);
    else if (one === null) bytes[at++] = CLASSES.null;
    else if (typeof one === "number") head(CLASSES.real, one === 0 ? 0 : one);
    else if (typeof one === "bigint") {
      bytes[at] = CLASSES.integer;
      bytes.writeBigInt64LE(one, at + 1);
      at += LARGEST_HEAD;
    } else if (isText(one)) long(CLASSES.text, one.text);
    else long(CLASSES.blob, one);
  };
  return {
    encode: (row) => {
      at = 0;
      for (const one of row) {
        reserve(LARGEST_HEAD);
        value(one);
      }
      return bytes.subarray(0, at);
    },
  };
}
