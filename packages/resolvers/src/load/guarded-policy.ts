import type { Conflict, Decision, Policy, PolicyContext } from "@sync/model";
import { failed } from "../failed.ts";
import { frozenCopy } from "../frozen-copy.ts";
import { readPolicyAnswer } from "../read-answer.ts";
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, withinTime } from "../within-time.ts";

/**
 * Somebody else's policy, held to what a `ResolverPolicy` keeps by itself: it gets frozen copies, and
 * where it throws, takes longer than ten seconds or answers nonsense, the conflict is parked.
 */
export function guardedPolicy(policy: Policy): Policy {
  const { name, version, needsTree } = policy;
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(needsTree === undefined ? {} : { needsTree }),
    decide: async (conflict, context) => decide(policy, conflict, context),
  };
}

async function decide(
  policy: Policy,
  conflict: Conflict,
  context: PolicyContext,
): Promise<Decision> {
  try {
    const answer = policy.decide(frozenCopy(conflict), { ...context });
    const given = await withinTime(answer, timeLimitOf(policy), new AbortController());
    return readPolicyAnswer(given, conflict, policy.name);
  } catch (error) {
    return failed(policy.name, error);
  }
}

/** A policy that limits itself, as `ResolverPolicy` does, is given the time that it allows itself. */
function timeLimitOf(policy: Policy): number {
  const own = "timeoutMs" in policy ? policy.timeoutMs : undefined;
  // A second more, so that its own limit comes first and its function is told.
  return typeof own === "number" && own > 0
    ? Math.min(own + 1000, MAX_TIMEOUT_MS)
    : DEFAULT_TIMEOUT_MS;
}
