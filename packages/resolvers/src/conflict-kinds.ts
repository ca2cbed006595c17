import type { ConflictKind } from "@sync/model";

// A record, so that the compiler sees a kind that is missing here.
const KINDS: Readonly<Record<ConflictKind, true>> = {
  "update/update": true,
  "insert/insert": true,
  "update/delete": true,
  unique: true,
  "foreign-key": true,
  check: true,
  "not-null": true,
  type: true,
};

/** Every kind of conflict. */
// `Object.keys` gives string[]; the record above has no other keys.
export const CONFLICT_KINDS: readonly ConflictKind[] = Object.keys(KINDS) as ConflictKind[];

/** Whether a word that somebody typed is a kind of conflict. */
export function isConflictKind(word: unknown): word is ConflictKind {
  return typeof word === "string" && Object.hasOwn(KINDS, word);
}
