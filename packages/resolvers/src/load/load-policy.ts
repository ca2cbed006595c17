import type { Policy } from "@sync/model";
import { SyncError } from "@sync/model";
import type { Rule } from "../combine/rules.ts";
import { POLICY_NAMES } from "../policy-names.ts";
import type { PolicyOptions } from "../policy-names.ts";

/** From where a policy is loaded, and with what options. */
export interface LoadOptions {
  /** Where paths and packages are looked for: the config file, or a folder. */
  readonly from: string;
  /** What stands beside the name in a config; handed to the resolver. */
  readonly options?: PolicyOptions;
}

/** From where the policies of rules are loaded, and who decides the rest. */
export interface LoadRulesOptions {
  /** Where paths and packages are looked for: the config file, or a folder. */
  readonly from: string;
  /** Decides what no rule matches. */
  readonly fallback: Policy;
}

/**
 * Finds a policy by its name: a built-in one; a package `sync-resolver-*` or `@scope/sync-resolver-*`,
 * also by what stands for the star (`stock`, `@acme/stock`); or a file. Several with commas between
 * them are a chain. Loading a resolver runs its code.
 *
 * A loaded policy that throws, takes too long or answers nonsense parks its conflict, as `ResolverPolicy` does.
 *
 * @throws SyncError SYNC_UNKNOWN_POLICY when there is none, or it is no resolver, or one of another
 * version; SYNC_USAGE when it refuses the options
 */
export async function loadPolicy(spec: string, { from, options }: LoadOptions): Promise<Policy> {
  const names = spec.split(",").map((name) => name.trim());
  const [only = ""] = names;
  if (names.length === 1) return loadOne(only, from, options);
  if (options !== undefined && Object.keys(options).length > 0) {
    throw new SyncError("SYNC_USAGE", `The chain ${JSON.stringify(spec)} takes no options.`, {
      next: "Give each conflict one policy with options, by rules.",
    });
  }
  const policies: Policy[] = [];
  for (const name of names) policies.push(await loadOne(name, from, undefined));
  const { chain } = await import("../combine/chain.ts");
  return chain(policies);
}

/**
 * Makes a policy of a config's rules, whose policies may be resolvers to load.
 *
 * @throws SyncError as `policyFromRules` and `loadPolicy` do
 */
export async function loadPolicyFromRules(
  rules: readonly Rule[],
  { from, fallback }: LoadRulesOptions,
): Promise<Policy> {
  const { policyFromRules, splitUse } = await import("../combine/rules.ts");
  const loaded = new Map<string, Policy>();
  // A first pass finds what is wrong with the rules themselves, before anybody's code is run.
  policyFromRules(rules, { fallback, find: () => fallback });
  for (const { use } of rules) {
    const { name, options } = splitUse(use);
    loaded.set(JSON.stringify(use), await loadPolicy(name, { from, options }));
  }
  return policyFromRules(rules, {
    fallback,
    // Every use was just loaded.
    find: (use) => loaded.get(JSON.stringify(use)) ?? fallback,
  });
}

async function loadOne(
  name: string,
  from: string,
  options: PolicyOptions | undefined,
): Promise<Policy> {
  const isPlain = options === undefined || Object.keys(options).length === 0;
  // Most runs have the default policy as it is, and end sooner without the code of all the others.
  if (name === POLICY_NAMES[0] && isPlain) {
    const { lastWriteWins } = await import("../last-write-wins.ts");
    return lastWriteWins();
  }
  const { isPolicyName, policyNamed } = await import("../policy-named.ts");
  if (isPolicyName(name)) return policyNamed(name, options);
  const { findResolver } = await import("./find-resolver.ts");
  const { guardedPolicy } = await import("./guarded-policy.ts");
  const { readResolver } = await import("./read-resolver.ts");
  const found = findResolver(name, from);
  return guardedPolicy(await readResolver(name, found, options));
}
