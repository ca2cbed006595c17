import { signatureOf } from "../campaign/tally.ts";
import { reduceScenario } from "./reduce-scenario.ts";
import { replayCase } from "./replay-case.ts";
import type { SavedCase } from "./saved-case.ts";

/** A case that failed is played some hundred times at most: each takes a second or less. */
const REDUCE_MS = 90_000;

/**
 * Leaves out of the history of a case about an interrupted or meddled run what it does not need to fail in
 * the same way, as long as there is time. The point is kept by its name.
 */
export async function reduceSaved(saved: SavedCase): Promise<SavedCase> {
  const { invariant, about } = saved;
  const signature = signatureOf(invariant, `${invariant}: ${about}`);
  const endMs = performance.now() + REDUCE_MS;
  const fails = async (candidate: SavedCase): Promise<boolean> => {
    if (performance.now() >= endMs) return false;
    const problems = await replaySafely(candidate);
    return problems.some((problem) => signatureOf(invariant, problem) === signature);
  };
  // What does not fail again, as it may where somebody else's time plays a part, stays as it is.
  if (!(await fails(saved))) return saved;
  const scenario = await reduceScenario(saved.scenario, async (one) =>
    fails({ ...saved, scenario: one }),
  );
  return { ...saved, scenario };
}

/** A history with less in it may be none at all. */
async function replaySafely(candidate: SavedCase): Promise<readonly string[]> {
  try {
    return await replayCase(candidate);
  } catch {
    return [];
  }
}
