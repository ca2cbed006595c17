import type { Answer, Conflict, Decision, Policy, PolicyContext } from "@sync/model";
import { SyncError } from "@sync/model";
import { combinedTraits } from "./combined-traits.ts";
import { park } from "../decisions.ts";

type Parked = Extract<Decision, { type: "park" }>;

/**
 * Asks the first policy, and the next one where it parks. Parks itself where all do, with their reasons.
 *
 * A policy that failed (it threw, or took too long) ends the chain: whether the next one decides must not
 * depend on whether a network was up.
 *
 * @throws SyncError SYNC_USAGE when the list is empty
 */
export function chain(policies: readonly Policy[]): Policy {
  if (policies.length === 0)
    throw new SyncError("SYNC_USAGE", "chain: the list of policies is empty.");
  return {
    name: policies.map(({ name }) => name).join(","),
    ...combinedTraits(policies),
    decide: async (conflict, context) => ask(policies, conflict, context),
  };
}

async function ask(
  policies: readonly Policy[],
  conflict: Conflict,
  context: PolicyContext,
): Promise<Answer> {
  const parked: Parked[] = [];
  for (const policy of policies) {
    const answer = await policy.decide(conflict, context);
    const decision = answer ?? park(`The policy ${policy.name} gave no answer.`);
    if (decision.type !== "park" || decision.cause === "failed") return decision;
    parked.push(decision);
  }
  return parkedByAll(parked);
}

function parkedByAll(parked: readonly Parked[]): Decision {
  const reasons = new Set(parked.flatMap(({ reason }) => reason ?? []));
  // An answer that made no sense is a mistake that somebody should see; a clock is the next best hint.
  const causes = parked.map(({ cause }) => cause);
  const cause = causes.find((one) => one === "invalid") ?? causes.find((one) => one !== undefined);
  return park([...reasons].join(" "), cause);
}
