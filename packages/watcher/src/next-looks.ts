/** A pair that wants to be looked at, or is. */
export interface Contender {
  readonly id: number;
  /** `null` while it is looked at. */
  readonly dueMs: number | null;
  /** Its two files; pairs that share one take turns. */
  readonly databases: readonly string[];
}

/** Who begins now, and when to ask again. */
export interface NextLooks {
  readonly start: readonly number[];
  /** `null`: not before one of those that run ends. */
  readonly againMs: number | null;
}

/**
 * Chooses the pairs to look at now: those that wait longest first, no two of them with one database,
 * no more than `slots` at once, those that run already included.
 *
 * A pair whose database is in use keeps its turn: younger pairs may not take either of its databases
 * meanwhile, so that even the busiest hub's pairs all come to it. Two that wait equally long go by id.
 */
export function nextLooks(
  contenders: readonly Contender[],
  { nowMs, slots }: { readonly nowMs: number; readonly slots: number },
): NextLooks {
  const running = contenders.filter(({ dueMs }) => dueMs === null);
  const waiting = contenders
    .flatMap((one) => (one.dueMs === null ? [] : { ...one, dueMs: one.dueMs }))
    .toSorted((one, other) => one.dueMs - other.dueMs || one.id - other.id);
  const taken = new Set(running.flatMap(({ databases }) => databases));
  const start: number[] = [];
  for (const { id, dueMs, databases } of waiting) {
    if (running.length + start.length >= slots) return { start, againMs: null };
    if (dueMs > nowMs) return { start, againMs: dueMs };
    if (!databases.some((database) => taken.has(database))) start.push(id);
    for (const database of databases) taken.add(database);
  }
  return { start, againMs: null };
}
