export { lastWriteWins } from "./last-write-wins.ts";
export { firstWriteWins } from "./first-write-wins.ts";
export type { EditTimesOptions } from "./edit-times.ts";
export { preferA, preferB } from "./prefer-side.ts";
export { manual } from "./manual.ts";
export { rekey } from "./rekey.ts";
export { max, min } from "./columns/extremes.ts";
export { sum } from "./columns/sum.ts";
export { union } from "./columns/union.ts";
export { text } from "./columns/text.ts";
export { createColumnRule } from "./columns/column-rule.ts";
export type {
  ColumnAnswer,
  ColumnRule,
  ColumnRuleDefinition,
  ColumnValues,
} from "./columns/column-rule.ts";
export { chain } from "./combine/chain.ts";
export { perColumn, perTable } from "./combine/per-name.ts";
export type { CombinatorOptions } from "./combine/per-name.ts";
export { policyFromRules } from "./combine/rules.ts";
export type { Rule, RuleUse, RulesOptions } from "./combine/rules.ts";
export { ResolverPolicy } from "./resolver-policy.ts";
export type { ResolverPolicyOptions } from "./resolver-policy.ts";
export type {
  ConflictOf,
  MergeAnswer,
  MergeContext,
  MergeFunction,
  RowShape,
} from "./merge-function.ts";
export { RESOLVER_API_VERSION } from "./resolver-definition.ts";
export type { ResolverDefinition } from "./resolver-definition.ts";
export { policyNamed } from "./policy-named.ts";
export { POLICY_NAMES } from "./policy-names.ts";
export type { PolicyName, PolicyOptions } from "./policy-names.ts";
