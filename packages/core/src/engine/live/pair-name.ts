import type { Pair } from "../options.ts";

/** What a held pair is known by: `B A` is the pair `A B`. Paths are absolute. */
export function nameOf({ a, b }: Pair): string {
  return [a, b].toSorted().join("\0");
}
