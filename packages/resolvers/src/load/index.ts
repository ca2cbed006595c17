// What looks a policy up, without the code of the policies: `@sync/resolvers/load`.
export { POLICY_NAMES } from "../policy-names.ts";
export { loadPolicy, loadPolicyFromRules } from "./load-policy.ts";
export type { LoadOptions, LoadRulesOptions } from "./load-policy.ts";
