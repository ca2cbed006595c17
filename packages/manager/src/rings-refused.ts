import { SyncError } from "@sync/model";
import type { Policy } from "@sync/model";
import { canonicalPath } from "./canonical-path.ts";
import { findRings } from "./config/rings.ts";
import type { Link } from "./config/rings.ts";
import type { PairSettings } from "./config/settings.ts";

/**
 * Refuses a ring of pairs in which one has a policy that needs a tree: what it added up would come around
 * and be added again, or two versions of a row would follow each other around for ever.
 *
 * @param policyOf - asked only for pairs that lie in a ring
 * @throws SyncError SYNC_USAGE, naming the ring
 */
export async function refuseRings(
  pairs: readonly PairSettings[],
  policyOf: (pair: PairSettings) => Promise<Policy>,
): Promise<void> {
  const named = namedPairs(pairs);
  for (const ring of findRings(named.map(linkOf))) {
    for (const name of ring) {
      const pair = named.find((one) => one.name === name);
      if (pair === undefined) continue;
      const policy = await policyOf(pair);
      if (policy.needsTree === true) throw ringError(ring, name, policy);
    }
  }
}

/**
 * Refuses a config that names one pair twice: which settings hold could not be told.
 *
 * @throws SyncError SYNC_USAGE
 */
export function refuseTwins(pairs: readonly PairSettings[]): void {
  const seen = new Map<string, string>();
  for (const { name, a, b } of namedPairs(pairs).map(linkOf)) {
    const ends = [a, b].toSorted().join("\0");
    const twin = seen.get(ends);
    if (twin !== undefined) {
      throw new SyncError(
        "SYNC_USAGE",
        `The pairs \`${twin}\` and \`${name}\` are the same two databases.`,
        { details: { pairs: [twin, name] }, next: "Take one of the two out of the config." },
      );
    }
    seen.set(ends, name);
  }
}

interface NamedPair extends PairSettings {
  readonly name: string;
}

function namedPairs(pairs: readonly PairSettings[]): NamedPair[] {
  return pairs.flatMap((pair) => (pair.name === null ? [] : { ...pair, name: pair.name }));
}

function linkOf({ name, a, b }: NamedPair): Link {
  return { name, a: canonicalPath(a), b: canonicalPath(b) };
}

function ringError(ring: readonly string[], name: string, policy: Policy): SyncError {
  const way = [...ring, ring[0]].join(" → ");
  return new SyncError(
    "SYNC_USAGE",
    `The pairs form a ring (${way}), and the policy \`${policy.name}\` of \`${name}\` needs pairs that form a tree: around a ring an addition would come twice, and two versions of a row could follow each other for ever.`,
    {
      details: { ring, pair: name, policy: policy.name },
      next: "Take one pair out of the ring, or choose a policy that goes by time (last-write-wins), or manual, for its pairs.",
    },
  );
}
