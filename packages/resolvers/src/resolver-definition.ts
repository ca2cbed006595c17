import type { Policy } from "@sync/model";
import type { PolicyOptions } from "./policy-names.ts";

/** The version of the contract between us and a resolver that is loaded by name. */
export const RESOLVER_API_VERSION = 1;

/**
 * What a resolver package or file exports as `resolver`: a policy, or a function that makes one of the
 * options that stand beside its name in the config.
 *
 * Write the version as a number, not as our constant: it says which contract you have read, and the
 * constant would always agree with whatever is installed.
 */
export type ResolverDefinition =
  | { readonly apiVersion: 1; readonly policy: Policy }
  | {
      readonly apiVersion: 1;
      /**
       * Makes the policy of one rule.
       *
       * @param options - unchecked, as the config holds them; throw an Error to refuse them
       */
      readonly createPolicy: (options: PolicyOptions) => Policy | Promise<Policy>;
    };
