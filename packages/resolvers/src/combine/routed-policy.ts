import { createHash } from "node:crypto";
import type { Answer, Conflict, ConflictKind, Policy, PolicyContext } from "@sync/model";
import { isColumnRule } from "../columns/column-rule.ts";
import { combinedTraits } from "./combined-traits.ts";
import { composeParts } from "./compose-parts.ts";

/** Which conflicts a policy is for; what is left out matches everything. */
export interface Route {
  readonly table?: (name: string) => boolean;
  /** With it, the route is for single columns of rows that both sides changed, and for nothing else. */
  readonly column?: (name: string) => boolean;
  readonly kinds?: readonly ConflictKind[];
  readonly policy: Policy;
}

/** What makes a routed policy. */
export interface RoutedPolicyDefinition {
  readonly name: string;
  /** What the routes say, so that what was parked is asked again when it changes. */
  readonly version: string;
  /** The first one that matches decides. */
  readonly routes: readonly Route[];
  /** Decides what no route matches. */
  readonly fallback: Policy;
}

/**
 * A policy that hands each conflict to the first route that matches. A row that both sides changed goes
 * column by column, and the answers are put together; everything else goes as a whole, past the routes
 * and policies that are only for columns.
 */
export function createRoutedPolicy(definition: RoutedPolicyDefinition): Policy {
  const { name, version, routes, fallback } = definition;
  const traits = combinedTraits([...routes.map(({ policy }) => policy), fallback]);
  return {
    name,
    // It is kept with every conflict that parks, so it must not be as long as somebody's rules.
    version: digestOf(`${version}: ${traits.version}`),
    needsTree: traits.needsTree,
    decide: (conflict, context) => decide(definition, conflict, context),
  };
}

function decide(
  definition: RoutedPolicyDefinition,
  conflict: Conflict,
  context: PolicyContext,
): Answer | Promise<Answer> {
  if (conflict.kind !== "update/update" || conflict.disputed.length === 0) {
    return policyForRow(definition, conflict).decide(conflict, context);
  }
  const columnsByPolicy = new Map<Policy, string[]>();
  for (const column of conflict.disputed) {
    const policy = policyForColumn(definition, conflict, column);
    const columns = columnsByPolicy.get(policy);
    if (columns === undefined) columnsByPolicy.set(policy, [column]);
    else columns.push(column);
  }
  const [only] = columnsByPolicy.keys();
  if (columnsByPolicy.size === 1 && only !== undefined) return only.decide(conflict, context);
  return decideParts(columnsByPolicy, conflict, context);
}

async function decideParts(
  columnsByPolicy: ReadonlyMap<Policy, readonly string[]>,
  conflict: Conflict,
  context: PolicyContext,
): Promise<Answer> {
  const parts = await Promise.all(
    Array.from(columnsByPolicy, async ([policy, columns]) => ({
      policy: policy.name,
      columns,
      answer: await policy.decide({ ...conflict, disputed: columns }, context),
    })),
  );
  return composeParts(parts, conflict);
}

function policyForRow({ routes, fallback }: RoutedPolicyDefinition, conflict: Conflict): Policy {
  const route = routes.find(
    (one) => one.column === undefined && !isColumnRule(one.policy) && matches(one, conflict),
  );
  return route?.policy ?? fallback;
}

function policyForColumn(
  { routes, fallback }: RoutedPolicyDefinition,
  conflict: Conflict,
  column: string,
): Policy {
  const isKey = Object.hasOwn(conflict.key, column);
  const route = routes.find(
    (one) =>
      // A key of which only the spelling differs is never merged: some policy for rows takes a side.
      !(isKey && isColumnRule(one.policy)) &&
      (one.column === undefined || one.column(column)) &&
      matches(one, conflict),
  );
  return route?.policy ?? fallback;
}

function matches({ table, kinds }: Route, conflict: Conflict): boolean {
  return (
    (table === undefined || table(conflict.table)) &&
    (kinds === undefined || kinds.includes(conflict.kind))
  );
}

/** Twelve bytes of SHA-256: two configurations of one pair will never have the same by accident. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
