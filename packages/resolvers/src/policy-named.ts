import type { Policy } from "@sync/model";
import { SyncError } from "@sync/model";
import { chain } from "./combine/chain.ts";
import { max, min } from "./columns/extremes.ts";
import { firstWriteWins } from "./first-write-wins.ts";
import { lastWriteWins } from "./last-write-wins.ts";
import { manual } from "./manual.ts";
import { nearestWord } from "./nearest-word.ts";
import { POLICY_NAMES } from "./policy-names.ts";
import type { PolicyName, PolicyOptions } from "./policy-names.ts";
import { preferA, preferB } from "./prefer-side.ts";
import { rekey } from "./rekey.ts";
import { sum } from "./columns/sum.ts";
import { text } from "./columns/text.ts";
import { union } from "./columns/union.ts";
import { unknownPolicy } from "./unknown-policy.ts";

interface BuiltIn {
  readonly options: readonly string[];
  readonly create: (options: PolicyOptions) => Policy;
}

const BUILT_IN: Readonly<Record<PolicyName, BuiltIn>> = {
  "last-write-wins": { options: ["allowedSkewMs"], create: lastWriteWins },
  "first-write-wins": { options: ["allowedSkewMs"], create: firstWriteWins },
  "prefer-a": withoutOptions(preferA),
  "prefer-b": withoutOptions(preferB),
  manual: withoutOptions(manual),
  rekey: withoutOptions(rekey),
  max: withoutOptions(max),
  min: withoutOptions(min),
  sum: withoutOptions(sum),
  union: withoutOptions(union),
  text: withoutOptions(text),
};

/**
 * Finds a built-in policy by the name used in configs and on the command line. Several names with
 * commas between them are a chain: `rekey,last-write-wins` asks the second where the first one parks.
 *
 * @param options - e.g. `{ allowedSkewMs: 0 }` for the policies that go by time; not for a chain
 * @throws SyncError SYNC_UNKNOWN_POLICY, listing the known names and the nearest, when there is none;
 * SYNC_USAGE when the policy has no such option
 */
export function policyNamed(name: string, options: PolicyOptions = {}): Policy {
  const names = name.split(",").map((part) => part.trim());
  if (names.length === 1) return builtIn(name.trim(), options);
  checkOptions(name, [], options);
  return chain(names.map((part) => builtIn(part, {})));
}

/** Whether a name, without commas, is that of a built-in policy. */
export function isPolicyName(name: string): name is PolicyName {
  return Object.hasOwn(BUILT_IN, name);
}

function builtIn(name: string, options: PolicyOptions): Policy {
  if (!isPolicyName(name)) throw unknownPolicy(name, POLICY_NAMES);
  checkOptions(name, BUILT_IN[name].options, options);
  return BUILT_IN[name].create(options);
}

function checkOptions(name: string, known: readonly string[], options: PolicyOptions): void {
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown === undefined) return;
  const nearest = nearestWord(unknown, known);
  throw new SyncError(
    "SYNC_USAGE",
    `The policy ${JSON.stringify(name)} has no option ${JSON.stringify(unknown)}.`,
    { next: nearest === null ? "Leave the option out." : `Did you mean ${nearest}?` },
  );
}

function withoutOptions(policy: Policy): BuiltIn {
  return { options: [], create: () => policy };
}
