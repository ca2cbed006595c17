import { createHash } from "node:crypto";

/** What a value is, in front of it. Integers that 32 bits hold have a class of their own: half the bytes. */
const CLASS = { null: 0, integer32: 1, integer64: 2, real: 3, text: 4, blob: 5 } as const;

/** Four 32-bit numbers to begin with, one for each lane, so that short rows do not fill two of them alike. */
const SEEDS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

/**
 * A sum over rows that does not depend on their order: each row is written as 32-bit words, hashed to 128
 * bits and added modulo 2^128 (Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing", 1997,
 * AdHash), since XOR would let equal rows cancel out. The hash is MurmurHash3_x86_128 (Austin Appleby,
 * https://github.com/aappleby/smhasher) with a seed for each lane. It tells accidents apart, not forgeries.
 *
 * Different rows of as many columns give different words: each value has its class in front, texts and
 * blobs their length. Minus zero is written as zero. Words are defined as numbers, so that every machine
 * gives the same sum. Memory: one row.
 */
export class DigestSum {
  rows = 0;
  #words = new Int32Array(1024);
  #count = 0;
  readonly #sum = new Uint32Array(4);
  readonly #scratch = new DataView(new ArrayBuffer(8));

  null(): void {
    this.#reserve(1);
    this.#words[this.#count++] = CLASS.null;
  }

  /** @param high - signed; @param low - its 32 bits */
  integer(high: number, low: number): void {
    this.#reserve(3);
    const signed = low | 0;
    if (high === signed >> 31) {
      this.#words[this.#count++] = CLASS.integer32;
    } else {
      this.#words[this.#count++] = CLASS.integer64;
      this.#words[this.#count++] = high;
    }
    this.#words[this.#count++] = signed;
  }

  bigint(value: bigint): void {
    this.#scratch.setBigInt64(0, value);
    this.integer(this.#scratch.getInt32(0), this.#scratch.getInt32(4));
  }

  /** The two halves of a double's bits. */
  realBits(high: number, low: number): void {
    this.#reserve(3);
    const isMinusZero = low === 0 && high === -0x80000000;
    this.#words[this.#count++] = CLASS.real;
    this.#words[this.#count++] = isMinusZero ? 0 : high;
    this.#words[this.#count++] = low;
  }

  real(value: number): void {
    this.#scratch.setFloat64(0, value);
    this.realBits(this.#scratch.getInt32(0), this.#scratch.getInt32(4));
  }

  text(view: DataView, at: number, bytes: number): void {
    this.#bytes(CLASS.text, view, at, bytes);
  }

  blob(view: DataView, at: number, bytes: number): void {
    this.#bytes(CLASS.blob, view, at, bytes);
  }

  /** Adds the row whose values were given since the last one. */
  endRow(): void {
    this.#reserve(4);
    const words = this.#words;
    const count = this.#count;
    // What the last block lacks is filled with zeros; the number of words tells how many.
    for (let at = count; at % 4 !== 0; at++) words[at] = 0;
    let [h1, h2, h3, h4]: [number, number, number, number] = [...SEEDS];
    for (let at = 0; at < count; at += 4) {
      let k1 = Math.imul(words[at] ?? 0, 0x239b961b);
      k1 = Math.imul((k1 << 15) | (k1 >>> 17), 0xab0e9789);
      h1 ^= k1;
      h1 = ((h1 << 19) | (h1 >>> 13)) + h2;
      h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;
      let k2 = Math.imul(words[at + 1] ?? 0, 0xab0e9789);
      k2 = Math.imul((k2 << 16) | (k2 >>> 16), 0x38b34ae5);
      h2 ^= k2;
      h2 = ((h2 << 17) | (h2 >>> 15)) + h3;
      h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;
      let k3 = Math.imul(words[at + 2] ?? 0, 0x38b34ae5);
      k3 = Math.imul((k3 << 17) | (k3 >>> 15), 0xa1e38b93);
      h3 ^= k3;
      h3 = ((h3 << 15) | (h3 >>> 17)) + h4;
      h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;
      let k4 = Math.imul(words[at + 3] ?? 0, 0xa1e38b93);
      k4 = Math.imul((k4 << 18) | (k4 >>> 14), 0x239b961b);
      h4 ^= k4;
      h4 = ((h4 << 13) | (h4 >>> 19)) + h1;
      h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
    }
    h1 ^= count;
    h2 ^= count;
    h3 ^= count;
    h4 ^= count;
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = finalMix(h1);
    h2 = finalMix(h2);
    h3 = finalMix(h3);
    h4 = finalMix(h4);
    h1 = (h1 + h2 + h3 + h4) | 0;
    this.#add(h1 >>> 0, (h2 + h1) >>> 0, (h3 + h1) >>> 0, (h4 + h1) >>> 0);
    this.#count = 0;
    this.rows++;
  }

  /** @param header - what else must be equal: names of columns, the text encoding; 32 hexadecimal digits */
  finish(header: readonly string[]): string {
    const sum = Buffer.alloc(16);
    for (const [place, word] of this.#sum.entries()) sum.writeUInt32LE(word, place * 4);
    const rest = JSON.stringify([...header, String(this.rows)]);
    return createHash("sha256").update(rest).update(sum).digest("hex").slice(0, 32);
  }

  #bytes(type: number, view: DataView, at: number, bytes: number): void {
    const whole = bytes >>> 2;
    this.#reserve(whole + 3);
    const words = this.#words;
    let count = this.#count;
    words[count++] = type;
    words[count++] = bytes;
    for (let word = 0; word < whole; word++) words[count++] = view.getInt32(at + word * 4, true);
    const rest = bytes & 3;
    if (rest !== 0) {
      let last = 0;
      for (let byte = 0; byte < rest; byte++) {
        last |= view.getUint8(at + whole * 4 + byte) << (8 * byte);
      }
      words[count++] = last;
    }
    this.#count = count;
  }

  #reserve(more: number): void {
    if (this.#count + more + 4 <= this.#words.length) return;
    const larger = new Int32Array(Math.max(this.#words.length * 2, this.#count + more + 4));
    larger.set(this.#words);
    this.#words = larger;
  }

  /** The lowest word first. */
  #add(one: number, two: number, three: number, four: number): void {
    const sum = this.#sum;
    let total = (sum[0] ?? 0) + one;
    sum[0] = total;
    total = (sum[1] ?? 0) + two + (total > 0xffffffff ? 1 : 0);
    sum[1] = total;
    total = (sum[2] ?? 0) + three + (total > 0xffffffff ? 1 : 0);
    sum[2] = total;
    sum[3] = (sum[3] ?? 0) + four + (total > 0xffffffff ? 1 : 0);
  }
}

function finalMix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
