import { SyncError, otherSide } from "@sync/model";
import type { Direction, Side } from "@sync/model";
import type { OneWay } from "../sqlite/one-way.ts";

/**
 * Which side is only read, if one is. `mirror` goes from a to b, as the caller names them.
 *
 * @param swapped - the caller's `a` is `b` inside
 * @returns `null` for a run in both directions
 */
export function oneWayOf(direction: Direction, swapped: boolean): OneWay | null {
  if (direction === "two-way") return null;
  const called: Side = direction === "b-to-a" ? "b" : "a";
  const source = swapped ? otherSide(called) : called;
  return { source, target: otherSide(source), mirror: direction === "mirror" };
}

/** For callers without a compiler to hold them to the type. */
export function checkDirection(direction: Direction): Direction {
  const known: readonly Direction[] = ["two-way", "a-to-b", "b-to-a", "mirror"];
  if (known.includes(direction)) return direction;
  throw new SyncError("SYNC_USAGE", `There is no direction ${JSON.stringify(direction)}.`, {
    next: `Take one of ${known.join(", ")}.`,
  });
}
