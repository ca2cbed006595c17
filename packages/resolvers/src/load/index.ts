export { loadPolicy, loadPolicyFromRules } from "./load-policy.ts";
export type { LoadOptions, LoadRulesOptions } from "./load-policy.ts";
