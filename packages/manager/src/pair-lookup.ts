import { swapViewOptions } from "@sync/core";
import type { Pair } from "@sync/core";
import { SyncError, nearestNames } from "@sync/model";
import type { Direction } from "@sync/model";
import { canonicalPath } from "./canonical-path.ts";
import { otherWayRound } from "./choose-policy.ts";
import { unnamedPair } from "./config/settings.ts";
import type { PairSettings, Settings } from "./config/settings.ts";

/** A configured pair's name, or two databases. */
export type PairRef = string | readonly [string, string] | Pair;

/**
 * The settings of a pair, however it is named. A configured pair's settings hold also when its two
 * databases are given, in either order and by any path; sides and paths are then as they were given.
 *
 * @throws SyncError SYNC_USAGE for a name that no config has
 */
export function findPair(settings: Settings, ref: PairRef): PairSettings {
  if (typeof ref === "string") return pairNamed(settings.pairs, ref);
  const [a, b] = isTuple(ref) ? ref : [ref.a, ref.b];
  // Watchers ask often, and where nothing is configured no file needs to be looked at.
  if (settings.pairs.length === 0) return unnamedPair(settings, { a, b });
  const exact = settings.pairs.find((pair) => pair.a === a && pair.b === b);
  if (exact !== undefined) return exact;
  const [placeA, placeB] = [canonicalPath(a), canonicalPath(b)];
  for (const pair of settings.pairs) {
    const [ownA, ownB] = [canonicalPath(pair.a), canonicalPath(pair.b)];
    if (ownA === placeA && ownB === placeB) return { ...pair, a, b };
    if (ownA === placeB && ownB === placeA) {
      const policy = otherWayRound(pair.policy);
      const [direction, view] = [turned(pair.direction), swapViewOptions(pair.view)];
      return { ...pair, a, b, policy, direction, view, isTurned: true };
    }
  }
  return unnamedPair(settings, { a, b });
}

/** There is no other word for a mirror that makes a what b is: who runs it asks `isTurned`. */
function turned(direction: Direction): Direction {
  if (direction === "a-to-b") return "b-to-a";
  return direction === "b-to-a" ? "a-to-b" : direction;
}

function pairNamed(pairs: readonly PairSettings[], name: string): PairSettings {
  const found = pairs.find((pair) => pair.name === name);
  if (found !== undefined) return found;
  const names = pairs.flatMap((pair) => pair.name ?? []);
  const [nearest] = nearestNames(name, names, 1);
  const list =
    names.length === 0 ? "There is no config that names pairs" : `Pairs: ${names.join(", ")}`;
  throw new SyncError("SYNC_USAGE", `No pair is named ${JSON.stringify(name)}. ${list}.`, {
    details: { name, pairs: names },
    next:
      nearest === undefined
        ? "Name a pair of the config, or two databases."
        : `Did you mean ${nearest}?`,
  });
}

function isTuple(ref: readonly [string, string] | Pair): ref is readonly [string, string] {
  return Array.isArray(ref);
}
