import { SyncError, isSyncError } from "@sync/model";
import type { Policy } from "@sync/model";
import type { Rule, RuleUse } from "@sync/resolvers";
import { POLICY_NAMES, loadPolicy, loadPolicyFromRules } from "@sync/resolvers/load";
import type { PolicyChoice } from "./config/settings.ts";

/**
 * Loads the policy that somebody chose: by name, with options, or by rules over it.
 *
 * @throws SyncError SYNC_UNKNOWN_POLICY or SYNC_USAGE, saying where it was chosen
 */
export async function choosePolicy({ use, rules, from }: PolicyChoice): Promise<Policy> {
  try {
    const { policy: name, ...options } = typeof use === "string" ? { policy: use } : use;
    const fallback = await loadPolicy(name, { from, options });
    return rules.length === 0 ? fallback : await loadPolicyFromRules(rules, { from, fallback });
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const { code, message, next, details } = error;
    throw new SyncError(code, `${message} It was chosen in ${from}.`, {
      cause: error,
      next,
      details,
    });
  }
}

/**
 * The same choice for somebody who names the sides the other way round: prefer-a becomes prefer-b. The
 * other policies of ours do not know sides.
 *
 * @throws SyncError SYNC_USAGE where a resolver of somebody's own might tell the sides apart
 */
export function otherWayRound({ use, rules, from }: PolicyChoice): PolicyChoice {
  return { use: swapUse(use), rules: rules.map((rule) => swapRule(rule)), from };
}

function swapRule(rule: Rule): Rule {
  return { ...rule, use: swapUse(rule.use) };
}

function swapUse(use: RuleUse): RuleUse {
  return typeof use === "string" ? swapNames(use) : { ...use, policy: swapNames(use.policy) };
}

function swapNames(chain: string): string {
  return chain
    .split(",")
    .map((part) => swapName(part.trim()))
    .join(",");
}

function swapName(name: string): string {
  if (name === "prefer-a") return "prefer-b";
  if (name === "prefer-b") return "prefer-a";
  if (POLICY_NAMES.some((known) => known === name)) return name;
  throw new SyncError(
    "SYNC_USAGE",
    `The pair is configured the other way round, and its policy \`${name}\` may tell the sides apart.`,
    { next: "Give the two databases in the order of the config, or the pair's name." },
  );
}
