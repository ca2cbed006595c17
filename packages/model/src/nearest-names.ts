/**
 * The names that a mistyped one most likely meant, nearest first, at most `limit`; upper and lower case
 * do not count. Empty where none is near: more than a third of the letters (and more than two) differ.
 *
 * @example
 * ```ts
 * import { nearestNames } from "@sync/model";
 *
 * console.log(nearestNames("ordres", ["orders", "people"], 3));
 * // [ 'orders' ]
 * ```
 */
export function nearestNames(name: string, names: readonly string[], limit: number): string[] {
  const wanted = name.toLowerCase();
  const farthest = Math.max(2, Math.floor(name.length / 3));
  return names
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= farthest)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance, row by row (Wagner and Fischer, 1974). O(n · m); names are short. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (previous[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
