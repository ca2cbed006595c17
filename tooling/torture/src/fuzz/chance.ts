/** Choices that follow from a seed. */
export interface Chance {
  /** In [0, 1). */
  share(): number;
  /** In [0, limit). */
  below(limit: number): number;
  /** @throws where there is nothing to choose from */
  of<Value>(values: readonly Value[]): Value;
  bytes(count: number): Buffer;
}

export function createChance(share: () => number): Chance {
  const below = (limit: number): number => Math.floor(share() * limit);
  return {
    share,
    below,
    of: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error("nothing to choose from");
      return value;
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}

/** A big-endian number of so many bytes that code is seldom ready for, or one next to what stood there. */
export function oddNumber(chance: Chance, size: 1 | 2 | 4, present: number): Buffer {
  const most = 2 ** (8 * size) - 1;
  const values = [0, 1, 2, most, most - 1, (most + 1) / 2, present + 1, present - 1];
  const value = chance.share() < 0.3 ? chance.below(most + 1) : chance.of(values);
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(Math.min(Math.max(value, 0), most), 0, size);
  return bytes;
}
