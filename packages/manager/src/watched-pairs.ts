import { resolve } from "node:path";
import { isSyncError } from "@sync/model";
import type { PairSettings } from "./config/settings.ts";

/** What is remembered of a pair from run to run while it is watched. */
export interface Watched {
  /** The code that its tries ended with since the last run that went well; `null`: it goes well. */
  failing: string | null;
  /** When both sides were last backed up before a run, in milliseconds since the epoch. */
  backedUpMs: number | null;
}

/** The pairs that this manager watches. A pair is tried again and again: not every try is news. */
export class WatchedPairs {
  readonly #pairs = new Map<string, Watched>();

  begin(pairs: readonly PairSettings[]): void {
    for (const pair of pairs) this.#pairs.set(nameOf(pair), { failing: null, backedUpMs: null });
  }

  end(pairs: readonly PairSettings[]): void {
    for (const pair of pairs) this.#pairs.delete(nameOf(pair));
  }

  /** @returns `null` for a pair that is not watched here */
  of(pair: PairSettings): Watched | null {
    return this.#pairs.get(nameOf(pair)) ?? null;
  }
}

/** Carries out a run, and remembers how it ended. */
export async function noting<Result>(
  watched: Watched | null,
  run: () => Promise<Result>,
): Promise<Result> {
  const note = (failing: string | null): void => {
    if (watched !== null) watched.failing = failing;
  };
  try {
    const result = await run();
    note(null);
    return result;
  } catch (error) {
    note(isSyncError(error) ? error.code : "SYNC_INTERNAL");
    throw error;
  }
}

function nameOf({ a, b }: PairSettings): string {
  return [resolve(a), resolve(b)].toSorted().join("\0");
}
