/** A 64-bit integer in two halves: JavaScript's numbers are exact only up to 2^53. */
export interface Wide {
  /** Signed. */
  high: number;
  /** Unsigned. */
  low: number;
}

/**
 * Reads a variable-length integer: seven bits a byte, the most significant first, the eighth bit set in
 * all but the last; a ninth byte gives all of its eight bits
 * (https://www.sqlite.org/fileformat2.html#varint).
 *
 * @param into - overwritten; no object is made for each number
 * @returns the offset after it
 */
export function readVarint(view: DataView, at: number, into: Wide): number {
  let byte = view.getUint8(at);
  if (byte < 0x80) {
    into.high = 0;
    into.low = byte;
    return at + 1;
  }
  let high = 0;
  let low = byte & 0x7f;
  for (let place = 1; place < 9; place++) {
    byte = view.getUint8(at + place);
    const bits = place === 8 ? 8 : 7;
    high = (high << bits) | (low >>> (32 - bits));
    low = (low << bits) | (place === 8 ? byte : byte & 0x7f);
    if (place < 8 && byte < 0x80) {
      into.high = high;
      into.low = low >>> 0;
      return at + place + 1;
    }
  }
  into.high = high;
  into.low = low >>> 0;
  return at + 9;
}

/** In decimal, exactly. */
export function wideText({ high, low }: Wide): string {
  const number = high * 2 ** 32 + low;
  return Number.isSafeInteger(number)
    ? String(number)
    : String((BigInt(high) << 32n) | BigInt(low));
}
