import { distance } from "fastest-levenshtein";

// Further apart, a suggestion is a guess: "rekeyed" means rekey, "mine" does not mean min.
const MAX_SHARE_CHANGED = 0.4;

/** The word that was probably meant, or `null` where none is near: `last-wirte-wins` is `last-write-wins`. */
export function nearestWord(typed: string, words: readonly string[]): string | null {
  const given = typed.toLowerCase();
  const byDistance = words
    .map((word) => ({ word, edits: distance(given, word.toLowerCase()) }))
    .toSorted((x, y) => x.edits - y.edits);
  const nearest = byDistance[0];
  if (nearest === undefined || nearest.edits > nearest.word.length * MAX_SHARE_CHANGED) return null;
  return nearest.word;
}
