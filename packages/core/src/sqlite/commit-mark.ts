import type Database from "better-sqlite3";

/**
 * A side's schema cookie before the run's transaction, and the one that the transaction leaves as its
 * mark; `null`: the side is not written, or needs no mark.
 */
export interface Mark {
  readonly before: number | null;
  readonly after: number | null;
}

/** The marks of a run that needs some. */
export type Marks = Readonly<Record<"a" | "b", Mark>>;

/** Nothing is left there. */
export const NO_MARK: Mark = { before: null, after: null };

/** Whether a side's transaction was committed, told by its mark. */
export type Committed = "yes" | "no" | "unknown" | "not-written";

/** What other programs may move a cookie by, one step a change of the schema or VACUUM. */
const MOST_STEPS = 2 ** 16;
/** Cookies are signed numbers of 32 bits; this leaves room for the steps of others above. */
const MOST = 2 ** 30;

/**
 * A cookie that nobody else comes to by changing the schema. One that is only some steps ahead would not
 * do: two VACUUMs would look like a commit (docs/decisions, 029).
 *
 * @param random - a number in [0, 1)
 */
export function chooseMark(before: number, random: () => number): Mark {
  for (;;) {
    const after = MOST_STEPS + Math.floor(random() * (MOST - MOST_STEPS));
    if (Math.abs(after - before) > 2 * MOST_STEPS) return { before, after };
  }
}

/**
 * Makes the mark the side's schema cookie if and only if the transaction commits. Other connections
 * prepare their statements again, as after any change of the schema.
 */
export function leaveMark(db: Database.Database, side: "a" | "b", { after }: Mark): void {
  if (after === null) return;
  // Defensive mode turns this into nothing, without a word.
  db.unsafeMode(true);
  try {
    db.exec(`PRAGMA ${side}.schema_version = ${after}`);
  } finally {
    db.unsafeMode(false);
  }
}

/** @param now - the side's schema cookie */
export function committedTo({ before, after }: Mark, now: number): Committed {
  if (before === null || after === null) return "not-written";
  if (isFrom(after, now)) return "yes";
  return isFrom(before, now) ? "no" : "unknown";
}

/** Others may have changed the schema since; that moves a cookie upwards, in steps. */
function isFrom(cookie: number, now: number): boolean {
  return now >= cookie && now - cookie < MOST_STEPS;
}
