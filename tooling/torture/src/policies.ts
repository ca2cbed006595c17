import type { Policy } from "@sync/model";
import { policyNamed } from "@sync/resolvers";
import { MODEL_POLICIES, byTime } from "@sync/testkit";
import type {
  ModelConflict,
  ModelDecision,
  ModelPolicy,
  ModelSide,
  ReferencePolicy,
} from "@sync/testkit";

/** A policy of the product beside what it must answer. */
export interface TestedPolicy {
  readonly product: () => Policy;
  readonly model: ModelPolicy;
}

/** Names of tested policies; all of them are names of the product, too. */
export type PolicyName = ReferencePolicy | "first-write-wins";

/** The policies under torture. A new one is a line here, and its rule a line in the testkit's `policies.ts`. */
export const POLICIES: Readonly<Record<PolicyName, TestedPolicy>> = {
  manual: named("manual"),
  "prefer-a": named("prefer-a"),
  "prefer-b": named("prefer-b"),
  "last-write-wins": named("last-write-wins"),
  "first-write-wins": tested("first-write-wins", (conflict) => byTime(conflict, "earlier")),
};

// The record above has no other keys.
export const POLICY_NAMES: readonly PolicyName[] = Object.keys(POLICIES) as PolicyName[];

function named(name: ReferencePolicy): TestedPolicy {
  return tested(name, MODEL_POLICIES[name]);
}

function tested(name: PolicyName, model: ModelPolicy): TestedPolicy {
  return { product: () => policyNamed(name), model };
}

/** The policy as it acts where the call names the sides the other way round. */
export function mirrored(policy: ModelPolicy): ModelPolicy {
  return (conflict) => mirrorDecision(policy(mirrorConflict(conflict)));
}

function mirrorConflict(conflict: ModelConflict): ModelConflict {
  return { ...conflict, a: conflict.b, b: conflict.a };
}

function mirrorDecision(decision: ModelDecision): ModelDecision {
  if (decision.type !== "take") return decision;
  const other: Readonly<Record<ModelSide, ModelSide>> = { a: "b", b: "a" };
  return { type: "take", side: other[decision.side] };
}
