/** Up to here candidates are looked up whatever share of the table they are. */
const ALWAYS_WORTH = 10_000;

/** Of a table's rows: looking one up costs two to three times what a row of a full scan does. */
const WORTH_SHARE = 1 / 3;

/** What is kept in memory, and in a temporary table later. */
const MOST = 2_000_000;

/** How many candidates of a table are worth looking up, one by one. */
export function mostCandidates(rows: number): number {
  return Math.max(ALWAYS_WORTH, Math.min(rows * WORTH_SHARE, MOST));
}
