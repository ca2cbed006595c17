/** A set of small numbers, one bit each: of the pages of 10 GB it takes 320 KB. */
export interface Bits {
  add(number: number): void;
  remove(number: number): void;
  has(number: number): boolean;
  isEmpty(): boolean;
}

/** How much memory the numbers from 0 up to and including `largest` take. */
export function bitsBytes(largest: number): number {
  return 4 * (Math.floor(largest / 32) + 1);
}

/** A set that stands in memory which threads may share: no two may change numbers of the same 32 at once. */
export function bitsOver(memory: SharedArrayBuffer): Bits {
  const words = new Uint32Array(memory);
  const word = (number: number): number => words[number >>> 5] ?? 0;
  return {
    add: (number) => {
      words[number >>> 5] = word(number) | (1 << (number & 31));
    },
    remove: (number) => {
      words[number >>> 5] = word(number) & ~(1 << (number & 31));
    },
    has: (number) => (word(number) & (1 << (number & 31))) !== 0,
    isEmpty: () => words.every((bits) => bits === 0),
  };
}
