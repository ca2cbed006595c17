import type { Policy } from "@sync/model";
import { SyncError } from "@sync/model";
import { lastWriteWins } from "./last-write-wins.ts";
import { manual } from "./manual.ts";
import { preferA, preferB } from "./prefer-side.ts";

/** The name of a policy that needs no options. */
export type PolicyName = "last-write-wins" | "prefer-a" | "prefer-b" | "manual";

const BUILT_IN: Readonly<Record<PolicyName, () => Policy>> = {
  "last-write-wins": () => lastWriteWins(),
  "prefer-a": () => preferA,
  "prefer-b": () => preferB,
  manual: () => manual,
};

/** What `policyNamed` knows; the default policy of the manager and the CLI comes first. */
// `Object.keys` gives string[]; the record above has no other keys.
export const POLICY_NAMES: readonly PolicyName[] = Object.keys(BUILT_IN) as PolicyName[];

/**
 * Finds a built-in policy, with default options, by the name used in configs and on the command line.
 *
 * @throws SyncError SYNC_UNKNOWN_POLICY, listing the known names, when there is none
 */
export function policyNamed(name: string): Policy {
  if (isPolicyName(name)) return BUILT_IN[name]();
  throw new SyncError(
    "SYNC_UNKNOWN_POLICY",
    `No policy is named ${JSON.stringify(name)}. Known policies: ${POLICY_NAMES.join(", ")}.`,
    { details: { name, known: POLICY_NAMES } },
  );
}

function isPolicyName(name: string): name is PolicyName {
  return Object.hasOwn(BUILT_IN, name);
}
