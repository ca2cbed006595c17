import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { PairPaths } from "./control.ts";

/** Two pairs are one: the same two files, in either order and by any path. */
export function isSamePair(one: PairPaths, other: PairPaths): boolean {
  return endsOf(one) === endsOf(other);
}

function endsOf({ a, b }: PairPaths): string {
  return [placeOf(a), placeOf(b)].toSorted().join("\0");
}

function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
