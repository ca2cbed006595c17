import type { ConflictKind, Policy } from "@sync/model";
import { SyncError } from "@sync/model";
import { CONFLICT_KINDS, isConflictKind } from "../conflict-kinds.ts";
import { namePattern } from "./name-pattern.ts";
import { nearestWord } from "../nearest-word.ts";
import { policyNamed } from "../policy-named.ts";
import type { PolicyOptions } from "../policy-names.ts";
import { createRoutedPolicy } from "./routed-policy.ts";
import type { Route } from "./routed-policy.ts";

/** A policy as a config names it: `"max"`, `"rekey,last-write-wins"`, or with options beside its name. */
export type RuleUse = string | (PolicyOptions & { readonly policy: string });

/** One line of a config: which conflicts, and the policy for them. What is left out matches everything. */
export interface Rule {
  /** A name or glob, e.g. `order_*`. */
  readonly table?: string;
  /** A name or glob. With it the rule is for columns of rows that both sides changed, and for nothing else. */
  readonly column?: string;
  readonly kind?: ConflictKind | readonly ConflictKind[];
  readonly use: RuleUse;
}

/** How rules find their policies, and who decides the rest. */
export interface RulesOptions {
  /** Decides what no rule matches. */
  readonly fallback: Policy;
  /** Finds the policy of a rule. Default: the built-in policies. */
  readonly find?: (use: RuleUse) => Policy;
}

const FIELDS: readonly (keyof Rule)[] = ["table", "column", "kind", "use"];

/**
 * Makes a policy of an ordered list of rules, as a config holds them; the first one that matches
 * decides. Rows that both sides changed are decided column by column.
 *
 * `[{table: "stock", column: "pieces", use: "sum"}, {kind: "insert/insert", use: "rekey,last-write-wins"}]`
 *
 * @throws SyncError SYNC_USAGE when a rule is not one, SYNC_UNKNOWN_POLICY when no policy has the name
 */
export function policyFromRules(rules: readonly Rule[], options: RulesOptions): Policy {
  const { fallback, find = builtInPolicy } = options;
  if (!Array.isArray(rules)) throw usage("Rules are a list.");
  return createRoutedPolicy({
    name: "rules",
    version: JSON.stringify(rules),
    routes: rules.map((rule: Rule, index) => readRule(rule, index, find)),
    fallback,
  });
}

/** A rule's policy by name, with the options that stand beside it. */
export function splitUse(use: RuleUse): { name: string; options: PolicyOptions } {
  if (typeof use === "string") return { name: use, options: {} };
  const { policy, ...options } = use;
  return { name: policy, options };
}

function builtInPolicy(use: RuleUse): Policy {
  const { name, options } = splitUse(use);
  return policyNamed(name, options);
}

/** A config is what somebody typed: the type says what it should be, this looks whether it is. */
function readRule(rule: Rule, index: number, find: (use: RuleUse) => Policy): Route {
  const where = `Rule ${index + 1}`;
  if (typeof rule !== "object" || rule === null) throw usage(`${where} is not an object.`);
  const unknown = Object.keys(rule).find((field) => !FIELDS.some((known) => known === field));
  if (unknown !== undefined) throw unknownWord(`${where} has an unknown field`, unknown, FIELDS);
  if (!isUse(rule.use)) throw usage(`${where} does not say which policy to use.`);
  return {
    ...(rule.table === undefined ? {} : { table: namePattern(rule.table) }),
    ...(rule.column === undefined ? {} : { column: namePattern(rule.column) }),
    ...(rule.kind === undefined ? {} : { kinds: readKinds(rule.kind, where) }),
    policy: find(rule.use),
  };
}

function isUse(use: unknown): use is RuleUse {
  if (typeof use === "string") return true;
  return (
    typeof use === "object" && use !== null && "policy" in use && typeof use.policy === "string"
  );
}

function readKinds(kind: NonNullable<Rule["kind"]>, where: string): readonly ConflictKind[] {
  const words: unknown = typeof kind === "string" ? [kind] : kind;
  if (!Array.isArray(words)) throw usage(`${where} has a kind that is neither a word nor a list.`);
  return words.map((word: unknown) => {
    if (isConflictKind(word)) return word;
    const typed = typeof word === "string" ? word : JSON.stringify(word);
    throw unknownWord(`${where} has an unknown kind`, typed, CONFLICT_KINDS);
  });
}

function unknownWord(what: string, word: string, known: readonly string[]): SyncError {
  const nearest = nearestWord(word, known);
  return usage(
    `${what} ${JSON.stringify(word)}. Known: ${known.join(", ")}.`,
    nearest === null ? undefined : `Did you mean ${nearest}?`,
  );
}

function usage(message: string, next = "Correct the rules of the pair."): SyncError {
  return new SyncError("SYNC_USAGE", message, { next });
}
