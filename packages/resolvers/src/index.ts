export { lastWriteWins } from "./last-write-wins.ts";
export type { LastWriteWinsOptions } from "./last-write-wins.ts";
export { preferA, preferB } from "./prefer-side.ts";
export { manual } from "./manual.ts";
export { ResolverPolicy } from "./resolver-policy.ts";
export type { ResolverPolicyOptions } from "./resolver-policy.ts";
export type {
  ConflictOf,
  MergeAnswer,
  MergeContext,
  MergeFunction,
  RowShape,
} from "./merge-function.ts";
export { POLICY_NAMES, policyNamed } from "./policy-named.ts";
export type { PolicyName } from "./policy-named.ts";
